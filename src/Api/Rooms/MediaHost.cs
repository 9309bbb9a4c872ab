using System.Net;
using System.Net.Sockets;
using Muse.Api.Operations;
using Muse.SelfHostedMedia;

namespace Muse.Api.Rooms;

/// <summary>State of the media server for the health page: <c>running</c>, <c>failed</c> or <c>stopped</c>.</summary>
/// <param name="DataChannels">libusrsctp is installed; null while the server does not run.</param>
public sealed record MediaHealth(string State, int? Port, bool? DataChannels, IReadOnlyDictionary<string, long> Dropped)
{
    public bool Serves => State == "running";
}

/// <summary>Runs the media server as long as the host runs. A port that is taken does not stop the rest: the health page turns red.</summary>
public sealed partial class MediaHost : IHostedService, IAsyncDisposable
{
    public const int DefaultPort = 5082;
    private const int MostAddresses = 8;

    private readonly SignallingCounts _counts;
    private readonly ILogger<MediaHost> _log;
    private bool _started;

    public MediaHost(IConfiguration configuration, RoomsOptions options, SignallingCounts counts, TimeProvider time, ILogger<MediaHost> log)
    {
        (_counts, _log) = (counts, log);
        Server = new MediaServer(new MediaOptions
        {
            Port = configuration.GetValue("MUSE_MEDIA_PORT", DefaultPort),
            TcpPort = options.TcpPort,
            UsesPortableSockets = options.PortableSockets,
            AdvertisedAddresses = AddressesFrom(options.AdvertisedAddresses),
            // The room itself counts its people. A stay that another one takes the place of counts here for a moment longer, perhaps
            // everybody's at once; and a bench room has more publishers than a lesson has people.
            MaxParticipants = Math.Max(2 * options.MaxParticipants, options.Bench.Key is null ? 0 : 64),
            MaxListeners = options.MaxListeners,
        }, time);
    }

    public MediaServer Server { get; }

    public MediaHealth Health => new(
        Server.IsRunning ? "running" : _started ? "failed" : "stopped", Server.IsRunning ? Server.Port : null,
        Server.IsRunning ? Server.HasDataChannels : null, _counts.Sums);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Server.Start();
            LogStarted(_log, Server.Port);
            if (Server.TcpPort is { } tcp) LogTcp(_log, tcp);
            else if (Server.TcpFault is { } taken) LogNoTcp(_log, taken);
            if (!Server.HasDataChannels) LogNoDataChannels(_log);
            // Before requests are taken: the first person to join would otherwise wait for the compiler.
            await Server.Rehearse();
        }
        catch (Exception failed) when (failed is SocketException or DllNotFoundException)
        {
            LogFailed(_log, failed);
        }
        _started = true;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    // Without configuration: every address of this machine, those with a way out first, loopback last.
    internal static IReadOnlyList<IPAddress> AddressesFrom(string[] configured)
    {
        if (configured.Length > 0) return [.. configured.Take(MostAddresses).Select(IPAddress.Parse)];
        return [.. Listening.Addresses().OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).Take(MostAddresses - 1), IPAddress.Loopback];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Media on UDP port {Port}")]
    private static partial void LogStarted(ILogger log, int port);

    [LoggerMessage(Level = LogLevel.Information, Message = "Media on TCP port {Port}")]
    private static partial void LogTcp(ILogger log, int port);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No media over TCP: the port is taken (Rooms__TcpPort)")]
    private static partial void LogNoTcp(ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No data channels: libusrsctp.so.2 is not installed (Debian: apt install libusrsctp2); rooms work without them")]
    private static partial void LogNoDataChannels(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "The media server does not run")]
    private static partial void LogFailed(ILogger log, Exception exception);
}
