using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;

namespace Muse.Bench.Lessons;

/// <summary>So many lessons of two at once, each person sending 1.5 Mbit/s of picture and 256 kbit/s of sound: frames of six packets thirty
/// times a second, each leaving as one burst, and fifty packets of sound. One thread plays everybody.</summary>
internal sealed class Lessons : IDisposable
{
    private const int PicturesPerSecond = 30;
    private const int SoundsPerSecond = 50;
    private const int SoundBytes = 640;
    private const int PictureBytes = 1_042;
    private const int PacketsOfPicture = 6;

    private readonly List<Player> _players = [];
    private readonly List<double> _delays = [];
    private readonly byte[] _sound = new byte[SoundBytes];
    private readonly byte[] _picture = new byte[PictureBytes];
    private long _measureFrom = long.MaxValue;

    public int Count => _players.Count / 2;

    public static async Task<Lessons> Begin(int count, IPEndPoint media, HttpClient http, Func<int, string> room)
    {
        var lessons = new Lessons();
        for (var i = 0; i < count; i++)
        {
            var (tutor, student) = (new Player(media), new Player(media));
            lessons._players.AddRange([tutor, student]);
            await tutor.Publish(http, $"{room(i)}/whip?as=tutor");
            await student.Publish(http, $"{room(i)}/whip?as=student");
            await tutor.Watch(http, $"{room(i)}/whep?publisher=student");
            await student.Watch(http, $"{room(i)}/whep?publisher=tutor");
        }

        return lessons;
    }

    /// <summary>People for one room that is being looked at: each with a stream key of its own to send, and all with that of an audience to get the
    /// student's sound and picture. What they send is no picture that anybody could decode.</summary>
    /// <param name="room">Address of the lesson's room, <c>…/v1/rooms/{lesson}</c>.</param>
    public static async Task<Lessons> Enter(IPEndPoint media, string room, string audience, IEnumerable<string> keys)
    {
        var crowd = new Lessons();
        using var listening = Bearing(audience);
        foreach (var key in keys)
        {
            using var sending = Bearing(key);
            var player = new Player(media);
            crowd._players.Add(player);
            await player.Publish(sending, $"{room}/whip");
            await player.Watch(listening, $"{room}/whep?publisher=student");
        }

        return crowd;

        static HttpClient Bearing(string key) => new() { DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
    }

    /// <summary>Leaves the processor to others whenever nothing is due.</summary>
    /// <returns>Packets that each of them got.</returns>
    public IReadOnlyList<long> PlayUntil(Task end)
    {
        Run(() =>
        {
            Thread.Sleep(1);
            return !end.IsCompleted;
        }, packetsOfPicture: 1);
        return [.. _players.Select(player => player.Received)];
    }

    /// <summary>Plays for a while, and measures after a while of that.</summary>
    public Seen Play(int pid, TimeSpan warmUp, TimeSpan window)
    {
        Run(warmUp);
        Settle();
        var (sent, received) = (_players.Sum(player => player.Sent), _players.Sum(player => player.Received));
        _delays.Clear();
        _measureFrom = Stopwatch.GetTimestamp();
        var (server, own, all) = (ServerCost.Of(pid), ServerCost.Of(Environment.ProcessId), ServerCost.OfAll());
        var clock = Stopwatch.StartNew();
        Run(window);
        Settle();
        var seconds = clock.Elapsed.TotalSeconds;
        (server, own, all) = (ServerCost.Of(pid) - server, ServerCost.Of(Environment.ProcessId) - own, ServerCost.OfAll() - all);
        (sent, received) = (_players.Sum(player => player.Sent) - sent, _players.Sum(player => player.Received) - received);
        _measureFrom = long.MaxValue;
        _delays.Sort();
        return new(
            Count, server / seconds, own / seconds, server * 1_000_000 / Math.Max(1, received), 100.0 * (sent - received) / sent, At(0.5), At(0.99),
            (all - server - own) / seconds);
    }

    public void Dispose()
    {
        foreach (var player in _players)
            player.Dispose();
    }

    private double At(double share) => _delays.Count == 0 ? 0 : _delays[(int)((_delays.Count - 1) * share)];

    private void Run(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        Run(() => clock.Elapsed < time, PacketsOfPicture);
    }

    private void Run(Func<bool> goesOn, int packetsOfPicture)
    {
        var clock = Stopwatch.StartNew();
        var (sounds, pictures, reports) = (0, 0, 0);
        while (goesOn())
        {
            // Everybody has a place of its own within the interval, as people have.
            for (var i = 0; i < _players.Count; i++)
            {
                var seconds = clock.Elapsed.TotalSeconds;
                if (seconds * SoundsPerSecond * _players.Count >= sounds)
                    _players[sounds++ % _players.Count].SendSound(Stamped(_sound));
                if (seconds * PicturesPerSecond * _players.Count >= pictures)
                    _players[pictures++ % _players.Count].SendPicture(Stamped(_picture), packetsOfPicture);
                if (seconds * _players.Count >= reports)
                    _players[reports++ % _players.Count].Report();
                _players[i].Receive(Measure);
            }
        }
    }

    /// <summary>Until nothing comes any more.</summary>
    private void Settle()
    {
        var (since, before) = (Stopwatch.StartNew(), -1L);
        while (since.ElapsedMilliseconds < 300)
        {
            foreach (var player in _players)
                player.Receive(Measure);
            var now = _players.Sum(player => player.Received);
            if (now != before)
                since.Restart();
            before = now;
        }
    }

    /// <summary>A VP8 key frame begins in each (RFC 7741 §4.2); the time stands behind its first bytes.</summary>
    private static ReadOnlySpan<byte> Stamped(byte[] payload)
    {
        payload[0] = 0x10;
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(8), Stopwatch.GetTimestamp());
        return payload;
    }

    private void Measure(ReadOnlySpan<byte> payload)
    {
        var madeAt = payload.Length < 16 ? 0 : BinaryPrimitives.ReadInt64BigEndian(payload[8..]);
        if (madeAt >= _measureFrom)
            _delays.Add(Stopwatch.GetElapsedTime(madeAt).TotalMilliseconds);
    }
}

/// <summary>What one window showed.</summary>
/// <param name="Cores">Of the server.</param>
/// <param name="Players">Cores of this process.</param>
/// <param name="Microseconds">Of the server's CPU per forwarded packet.</param>
/// <param name="Loss">Percent.</param>
/// <param name="DelayP50">ms from the sender's hand to the receiver's: the player's own turn is in it.</param>
/// <param name="Others">Cores that neither the server nor the players used.</param>
internal sealed record Seen(
    int Lessons, double Cores, double Players, double Microseconds, double Loss, double DelayP50, double DelayP99, double Others)
{
    public override string ToString() =>
        $"{Lessons} lessons: {Cores:0.000} core, {Microseconds:0.00} µs a packet, loss {Loss:0.000} %, from hand to hand {DelayP50:0.00}/{DelayP99:0.00} ms; " +
        $"players {Players:0.000}, others {Others:0.00}";
}
