using System.Text.Json;
using System.Text.Json.Serialization;

namespace Muse.Adapters.Postgres;

/// <summary>What a backup holds; <c>manifest.json</c> in the archive. Version 1 of the format is described in docs/operations.md.</summary>
/// <param name="Format">1.</param>
/// <param name="MadeAt">When the snapshot was taken.</param>
/// <param name="Postgres">The version of the server it came from, for people; any version from 15 can read it.</param>
/// <param name="Migrations">The steps that the database had; a restore brings a database to the same step before it loads.</param>
/// <param name="Tables">In the order in which they can be loaded.</param>
/// <param name="Sequences">Their state, at or after the snapshot.</param>
/// <param name="Files">Names below the data folder, with <c>/</c>.</param>
public sealed record BackupManifest(
    int Format,
    DateTimeOffset MadeAt,
    string Postgres,
    IReadOnlyList<BackupManifest.Step> Migrations,
    IReadOnlyList<BackupManifest.Table> Tables,
    IReadOnlyList<BackupManifest.Sequence> Sequences,
    IReadOnlyList<string> Files)
{
    internal const string Entry = "manifest.json";

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public sealed record Step(int Number, string Name, string Hash);

    /// <param name="Name">Also the entry's name: <c>tables/NAME</c>, in the text format of COPY, UTF-8.</param>
    /// <param name="Columns">In the order of the entry's fields.</param>
    /// <param name="Rows">Lines of the entry.</param>
    /// <param name="Sha256">Of the entry, lower-case hexadecimal.</param>
    public sealed record Table(string Name, IReadOnlyList<string> Columns, long Rows, string Sha256);

    public sealed record Sequence(string Name, long LastValue, bool IsCalled);
}

/// <summary>A backup or a restore cannot go on; nothing was changed, and the message tells a person why.</summary>
public sealed class BackupRefused(string message) : Exception(message);
