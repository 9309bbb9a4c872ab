using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace Muse.Adapters.Postgres;

/// <summary>JSON text for a jsonb parameter.</summary>
public readonly record struct Json(string Text);

/// <summary>
/// Typed positional parameters. Npgsql has no NodaTime plugin here and guesses silently wrong for unspecified DateTimes, so every type is
/// named.
/// </summary>
public static class Sql
{
    /// <summary>Adds one statement with $1, $2, … to the batch.</summary>
    public static void Write(this NpgsqlBatch batch, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        batch.BatchCommands.Add(command);
    }

    /// <summary>A command with $1, $2, … on the connection.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    /// <summary>A command with $1, $2, … on a connection of its own.</summary>
    public static NpgsqlCommand Command(this NpgsqlDataSource source, string sql, params ReadOnlySpan<object?> values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    /// <summary>The value with its PostgreSQL type. An Instant is cut to microseconds, as PostgreSQL keeps it.</summary>
    public static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        Guid v => new NpgsqlParameter<Guid> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Uuid },
        string v => new NpgsqlParameter<string> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Text },
        long v => new NpgsqlParameter<long> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Bigint },
        int v => new NpgsqlParameter<int> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Integer },
        short v => new NpgsqlParameter<short> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Smallint },
        bool v => new NpgsqlParameter<bool> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Boolean },
        double v => new NpgsqlParameter<double> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Double },
        Instant v => new NpgsqlParameter<DateTime> { TypedValue = v.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
        DateTimeOffset v => new NpgsqlParameter<DateTime> { TypedValue = v.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        LocalDateTime v => new NpgsqlParameter<DateTime> { TypedValue = v.ToDateTimeUnspecified(), NpgsqlDbType = NpgsqlDbType.Timestamp },
        LocalDate v => new NpgsqlParameter<DateOnly> { TypedValue = v.ToDateOnly(), NpgsqlDbType = NpgsqlDbType.Date },
        LocalTime v => new NpgsqlParameter<TimeOnly> { TypedValue = v.ToTimeOnly(), NpgsqlDbType = NpgsqlDbType.Time },
        DateOnly v => new NpgsqlParameter<DateOnly> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Date },
        byte[] v => new NpgsqlParameter<byte[]> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Bytea },
        Json v => new NpgsqlParameter<string> { TypedValue = v.Text, NpgsqlDbType = NpgsqlDbType.Jsonb },
        Guid[] v => new NpgsqlParameter<Guid[]> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
        string[] v => new NpgsqlParameter<string[]> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
        long[] v => new NpgsqlParameter<long[]> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
        Instant[] v => new NpgsqlParameter<DateTime[]>
        {
            TypedValue = [.. v.Select(instant => instant.ToDateTimeUtc())],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        },
        int[] v => new NpgsqlParameter<int[]> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
        NpgsqlRange<DateTime> v => new NpgsqlParameter<NpgsqlRange<DateTime>> { TypedValue = v, NpgsqlDbType = NpgsqlDbType.Range | NpgsqlDbType.TimestampTz },
        NpgsqlParameter v => v,
        _ => throw new ArgumentException($"No PostgreSQL type is chosen for {value.GetType()}.", nameof(value))
    };

    /// <summary>[from, to) as tstzrange.</summary>
    public static NpgsqlRange<DateTime> Range(Instant from, Instant to) =>
        new(from.ToDateTimeUtc(), lowerBoundIsInclusive: true, to.ToDateTimeUtc(), upperBoundIsInclusive: false);

    /// <summary>Reads timestamptz.</summary>
    public static Instant Instant(this NpgsqlDataReader reader, int column) =>
        NodaTime.Instant.FromDateTimeUtc(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));

    /// <summary>Reads timestamp without zone.</summary>
    public static LocalDateTime Local(this NpgsqlDataReader reader, int column) =>
        LocalDateTime.FromDateTime(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Unspecified));

    /// <summary>Reads date.</summary>
    public static LocalDate Date(this NpgsqlDataReader reader, int column) => LocalDate.FromDateOnly(reader.GetFieldValue<DateOnly>(column));
}
