namespace Muse.Bench.Sfu;

/// <summary>One row: what sfu-load is asked for, and what Muse must reach in it.</summary>
/// <param name="Microseconds">Server CPU per forwarded packet at most; 0: for information.</param>
/// <param name="DelayP50">Forward delay in milliseconds at most, likewise.</param>
/// <param name="SetUpP50">Milliseconds from the first signalling request to the keys at most, likewise.</param>
/// <param name="PictureWithinFrame">Half of the subscribers have their first packet of a key frame within one frame of their keys.</param>
/// <param name="TimesJanus">Janus' CPU per packet in the same run, divided by Muse's, at least; 0: Janus does not run it.</param>
internal sealed record Work(
    string Name, string Options, double Microseconds = 0, double DelayP50 = 0, double DelayP99 = 0, double TimesJanus = 0, bool JanusToo = false,
    double SetUpP50 = 0, double SetUpP99 = 0, bool PictureWithinFrame = false)
{
    /// <summary>The first publisher and the first subscriber of a server that nobody has used; there is one such row in a run.</summary>
    public static Work First { get; } = new("first connection", "--subscribers 1 --duration 1 --warmup 1", SetUpP99: 50);

    /// <summary>Those of the table in docs/benchmarks.md; then the same with packets of unequal size and with a browser's pacing.</summary>
    public static IReadOnlyList<Work> All { get; } =
    [
        new("1 → 100", "--subscribers 100", 3.0, 1.0, 2.0, 5, JanusToo: true, SetUpP50: 6, SetUpP99: 15, PictureWithinFrame: true),
        new("1 → 400", "--subscribers 400", 3.0),
        new("1 → 1,000", "--subscribers 1000 --connect-parallel 4"),
        new("1 → 2,000", "--subscribers 2000 --connect-parallel 4"),
        new("4 rooms × 4, feed", "--rooms 4 --publishers 4 --subscribers 3", 6.0, 0.4, 1.0, 4, JanusToo: true),
        new("4 rooms × 4, mesh", "--rooms 4 --publishers 4 --mesh", 6.0, 0.4, 1.0, 4, JanusToo: true),
        new("1 → 100, sound", "--subscribers 100 --video-kbps 0 --audio-pps 50", 6.5, JanusToo: true),
        new("1 → 100, unequal packets", "--subscribers 100 --frame-jitter 60", JanusToo: true),
        new("1 → 100, paced", "--subscribers 100 --pace 2000", JanusToo: true),
        new("4 rooms × 4, feed, unequal packets", "--rooms 4 --publishers 4 --subscribers 3 --frame-jitter 60"),
        new("4 rooms × 4, feed, paced", "--rooms 4 --publishers 4 --subscribers 3 --pace 2000"),
        new("1:1 lessons × 20, two ways, 1.5 Mbit/s and 256 kbit/s", "--rooms 20 --publishers 2 --mesh --audio-pps 50 --audio-bytes 640"),
    ];

    public bool IsMesh => Options.Contains("--mesh", StringComparison.Ordinal);
}
