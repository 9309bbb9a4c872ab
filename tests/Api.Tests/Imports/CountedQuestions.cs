using System.Diagnostics;
using Npgsql;

namespace Muse.Api.Tests.Imports;

/// <summary>How many statements of one database held a text, by what Npgsql tells of each.</summary>
internal sealed class CountedQuestions : IDisposable
{
    private readonly ActivityListener _listener;
    private int _count;

    public CountedQuestions(string text, NpgsqlDataSource database)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = asked =>
            {
                var said = asked.TagObjects.Select(tag => tag.Value as string ?? "").ToList();
                if (said.Contains(name) && said.Any(value => value.Contains(text, StringComparison.Ordinal))) Interlocked.Increment(ref _count);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public int Count => Volatile.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
