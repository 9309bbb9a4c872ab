using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Muse.Api.Tests.Rooms;

public sealed class LiveRoomsTests
{
    [Fact]
    public async Task A_bug_in_what_one_room_hears_does_not_end_the_hearing_of_all()
    {
        await using var server = new ServerWithABug();
        await server.InitializeAsync();
        var (tutor, _, lesson) = await server.OpenLesson();
        var (socket, _) = await server.Enter(tutor, lesson);
        var key = await TheStreamServer.Key(tutor, lesson, "publish");
        await server.Publish(key, lesson);
        await socket.Hear("trackPublished");
        await socket.Hear("trackPublished");
        await server.Bug.WaitAsync(TimeSpan.FromSeconds(20));

        await server.Publish(key, lesson);
        await socket.Hear("trackPublished");
    }

    /// <summary>What fails once is the log, which the media server's facts go to.</summary>
    private sealed class ServerWithABug : TheStreamServer
    {
        private readonly FailingOnce _log = new();

        public Task Bug => _log.Failed.Task;

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureLogging(logging => logging.AddFilter<FailingOnce>(_ => true).AddProvider(_log));
        }
    }

    private sealed class FailingOnce : ILoggerProvider, ILogger
    {
        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("Publish is Connected", StringComparison.Ordinal) && Failed.TrySetResult())
                throw new InvalidOperationException("The log fails.");
        }

        public void Dispose()
        {
        }
    }
}
