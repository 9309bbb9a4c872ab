using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>A started server on a free loopback port with a room in it, and a clock that a test may push.</summary>
internal sealed class MediaFixture : IAsyncDisposable
{
    /// <summary>All these tests hold over .NET's sockets, too (<c>./muse test media-portable</c>).</summary>
    public static readonly bool UsesPortableSockets = Environment.GetEnvironmentVariable("MUSE_PORTABLE_SOCKETS") == "1";

    private readonly List<IDisposable> _peers = [];

    public MediaFixture(MediaOptions? options = null, RoomProfile? profile = null)
    {
        options ??= new();
        Server = new(options with { Port = 0, UsesPortableSockets = options.UsesPortableSockets || UsesPortableSockets }, Clock);
        Server.Start();
        Room = Server.Rooms.Open(Guid.NewGuid(), profile ?? RoomProfile.Lesson).Value;
    }

    public PushedClock Clock { get; } = new();

    public MediaServer Server { get; }

    public Room Room { get; }

    public TestPeer Peer(params SrtpProfile[] profiles)
    {
        var peer = new TestPeer(profiles);
        _peers.Add(peer);
        return peer;
    }

    private TestPeer Mine(TestPeer? peer)
    {
        peer ??= new();
        if (!_peers.Contains(peer))
            _peers.Add(peer);
        return peer;
    }

    public async Task<Participant> Join(string name = "someone") =>
        (await Room.Join(Guid.NewGuid(), name, ParticipantRole.Tutor)).Value;

    /// <summary>A participant that publishes the given kinds and is connected.</summary>
    public async Task<(Participant Participant, TestPeer Peer)> Publisher(TestPeer? peer = null, params string[] kinds)
    {
        var participant = await Join();
        peer = Mine(peer);
        peer.Connect((await participant.Publish(peer.Offer("sendonly", kinds))).Value);
        await HasKeys(participant, ConnectionKind.Publish);
        return (participant, peer);
    }

    /// <summary>A participant that is connected and gets all tracks of the room, in the order of publishing.</summary>
    public async Task<(Participant Participant, TestPeer Peer, string Answer)> Subscriber(TestPeer? peer = null)
    {
        var participant = await Join();
        peer = Mine(peer);
        var tracks = Room.Tracks;
        var offer = peer.Offer("recvonly", [.. tracks.Select(track => track.Kind == TrackKind.Audio ? "audio" : "video")]);
        var mids = tracks.Select((track, i) => (Mid: i.ToString(null, null), track.Id)).ToDictionary(each => each.Mid, each => each.Id);
        var answer = (await participant.Subscribe(offer, mids)).Value;
        peer.Connect(answer);
        await HasKeys(participant, ConnectionKind.Subscribe);
        return (participant, peer, answer);
    }

    /// <summary>The peer has its keys a moment before the media thread has them: what it sends in that moment is lost.</summary>
    public async Task HasKeys(Participant participant, ConnectionKind kind)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await Server.Thread.Run(() => participant.IsConnected(kind)))
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), "The server has no keys.");
    }

    /// <summary>The next fact of a kind, within ten seconds.</summary>
    public async Task<T> Fact<T>(Func<T, bool>? isIt = null)
        where T : RoomFact
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            var fact = await Server.Facts.ReadAsync(patience.Token);
            if (fact is T wanted && (isIt is null || isIt(wanted)))
                return wanted;
        }
    }

    /// <summary>Waits for what the media thread will count, for at most ten seconds.</summary>
    public async Task<MediaStatistics> Until(Func<MediaStatistics, bool> holds)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!holds(Server.Statistics) && clock.Elapsed < TimeSpan.FromSeconds(10))
            await Server.Thread.Run(() => true);
        Assert.True(holds(Server.Statistics), Server.Statistics.ToString());
        return Server.Statistics;
    }

    /// <summary>What peers have sent lies in the socket when their call returns; between two commands the thread reads up to 64 of it.</summary>
    public async Task HasReadWhatWasSent()
    {
        for (var i = 0; i < 50; i++)
            await Server.Thread.Run(() => true);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var peer in _peers)
            peer.Dispose();
        Assert.Null(Server.LastFault);
    }
}

/// <summary>The system's clock, plus what a test adds.</summary>
internal sealed class PushedClock : TimeProvider
{
    private long _pushed;
    private volatile Pace _pace = new(0, 1);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => _pace.At(System.GetTimestamp()) + Interlocked.Read(ref _pushed);

    public override DateTimeOffset GetUtcNow() =>
        System.GetUtcNow() + TimeSpan.FromSeconds((double)Interlocked.Read(ref _pushed) / TimestampFrequency);

    /// <summary>A test that must do something within a few seconds of the server's has so many times as long for it, however busy the machine
    /// is.</summary>
    public void Slow(int times) => _pace = new(System.GetTimestamp(), times);

    private sealed record Pace(long From, int Slowness)
    {
        public long At(long now) => From + ((now - From) / Slowness);
    }

    public void Push(TimeSpan time) => Interlocked.Add(ref _pushed, (long)(time.TotalSeconds * TimestampFrequency));
}
