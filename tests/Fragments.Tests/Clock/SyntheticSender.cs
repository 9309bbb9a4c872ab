using Muse.Fragments.Clock;

namespace Muse.Fragments.Tests.Clock;

/// <summary>A person's computer as measured (audio reports late by 0 to <see cref="LatestReport"/>, each 5 s from 2.4 s on; video ±0.5 ms, each 0.25 to
/// 0.45 s), with clocks that go wrong by so and so much, on a line that delays and loses.</summary>
internal sealed class SyntheticSender
{
    public const long Epoch = 1_770_000_000_000;
    private const double FirstSoundReport = 2.4;

    /// <summary>20 ms: sent when its end has been heard.</summary>
    private const int SoundPacket = 960;

    private readonly Random _random;
    private readonly double _joined;

    public SyntheticSender(int seed, double joined = 0)
    {
        _random = new(seed);
        _joined = joined;
        Sound = new(48_000, ClockMapping.OpusLookAhead, Sender);
        Picture = new(90_000, 0, Sender);
    }

    public SenderClock Sender { get; } = new();

    public ClockMapping Sound { get; }

    public ClockMapping Picture { get; }

    /// <summary>How wrong each clock is, in parts of the whole: the sound card's, the pictures', the computer's.</summary>
    public (double Sound, double Picture, double Computer) Drift { get; init; }

    /// <summary>The sound card's rate swings by so much, once in 40 minutes.</summary>
    public double Wander { get; init; }

    /// <summary>What the computer's clock says at the server's 0, s since 1900.</summary>
    public double ClockOffset { get; init; } = 3_978_000_000.25;

    /// <summary>Seconds of the computer's clock that are added from a second of the server's on.</summary>
    public (double At, double By) Set { get; init; }

    /// <summary>From a second of the server's on, for so many seconds, the computer is too busy to take up this part of its sound.</summary>
    public (double At, double For, double Part) Busy { get; init; }

    /// <summary>s.</summary>
    public double LatestReport { get; init; } = 0.0114;

    public double Loss { get; init; } = 0.05;

    public double Delay { get; init; } = 0.02;

    /// <summary>Extended RTP time of what is captured at a time, s: both wrap after half an hour. A decoder gives the sound out
    /// <see cref="ClockMapping.OpusLookAhead"/> samples behind that.</summary>
    public long SoundRtp(double at) => (1L << 32) - (48_000L * 1_800) + (long)(SoundSeconds(at) * 48_000);

    public long PictureRtp(double at) => (1L << 32) - (90_000L * 1_800) + (long)((at + (at * Drift.Picture)) * 90_000);

    public SyntheticSender Run(double seconds)
    {
        Sound.BeginStretch(SoundRtp(_joined) - SoundPacket);
        Picture.BeginStretch(PictureRtp(_joined));
        var (sound, picture) = (_joined + FirstSoundReport, _joined + 0.45);
        for (var at = _joined; at < seconds; at += 0.02)
        {
            Sound.Packet(SoundRtp(at) - SoundPacket, Arrival(at), SoundPacket);
            if (_random.Next(2) == 0)
                Picture.Packet(PictureRtp(at), Arrival(at));
            if (at >= sound)
            {
                sound += 5;
                var late = _random.NextDouble() * LatestReport;
                if (_random.NextDouble() >= Loss)
                    Sound.Report(SoundRtp(at) - SoundPacket, Ntp(at + late), Arrival(at));
            }

            if (at >= picture)
            {
                picture += 0.25 + (_random.NextDouble() * 0.2);
                if (_random.NextDouble() >= Loss)
                    Picture.Report(PictureRtp(at), Ntp(at + ((_random.NextDouble() - 0.5) * 0.001)), Arrival(at));
            }
        }

        return this;
    }

    public ulong Ntp(double at)
    {
        var time = ClockOffset + at + (at * Drift.Computer) + (Set.By != 0 && at >= Set.At ? Set.By : 0);
        var whole = Math.Floor(time);
        return ((ulong)whole << 32) | (uint)((time - whole) * 4_294_967_296);
    }

    public long Arrival(double at) => Epoch + (long)((at + Delay - (Math.Log(1 - _random.NextDouble()) * 0.005)) * 1_000);

    private double SoundSeconds(double at) =>
        at + (at * Drift.Sound) - (Math.Clamp(at - Busy.At, 0, Busy.For) * Busy.Part) + (Wander * 2_400 / (2 * Math.PI) * (1 - Math.Cos(at * 2 * Math.PI / 2_400)));
}
