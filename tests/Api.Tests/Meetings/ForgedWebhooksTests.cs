using Microsoft.Extensions.Logging;
using Muse.Api.Meetings;
using Muse.Given;

namespace Muse.Api.Tests.Meetings;

public sealed class ForgedWebhooksTests
{
    [Fact]
    public void A_flood_of_forged_webhooks_is_one_line_a_minute_that_counts_them()
    {
        var (time, log) = (new ManualTime(DateTimeOffset.UnixEpoch), new Lines());
        var forged = new ForgedWebhooks(time, log);
        for (var number = 0; number < 1_000; number++) forged.Note("zoom");
        Assert.StartsWith("1 webhooks", Assert.Single(log.Written), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromMinutes(1));
        for (var number = 0; number < 1_000; number++) forged.Note("zoom");
        Assert.Equal(2, log.Written.Count);
        Assert.StartsWith("1000 webhooks", log.Written[1], StringComparison.Ordinal);
    }

    private sealed class Lines : ILogger<ForgedWebhooks>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }
}
