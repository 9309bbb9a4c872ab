namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What a room's sound and picture are for, and what they may cost.</summary>
/// <param name="Name"><c>talk</c>, <c>lesson</c> or <c>performance</c>.</param>
/// <param name="AudioBitrate">Opus target in bit/s, 6,000–510,000 (RFC 7587 §7).</param>
/// <param name="Stereo">Asks publishers for two channels and no discontinuous transmission: silence is part of music.</param>
/// <param name="MaxVideoBitrate">bit/s of one publisher's pictures; told to it by REMB.</param>
/// <param name="Redundancy">How publishers are asked to protect their sound.</param>
public sealed record RoomProfile(string Name, int AudioBitrate, bool Stereo, int MaxVideoBitrate, PublishedRedundancy Redundancy)
{
    /// <summary>Speech: one channel, silence is not sent, the browser's processing is on.</summary>
    public static RoomProfile Talk { get; } = new("talk", 40_000, Stereo: false, 1_500_000, PublishedRedundancy.None);

    /// <summary>A music lesson: stereo at 128 kbit/s in packets of 20 ms, each carrying the one before it again.</summary>
    public static RoomProfile Lesson { get; } = new("lesson", 128_000, Stereo: true, 2_500_000, PublishedRedundancy.Always);

    /// <summary>Music to be judged by its sound: stereo at 256 kbit/s.</summary>
    public static RoomProfile Performance { get; } =
        new("performance", 256_000, Stereo: true, 2_500_000, PublishedRedundancy.OnLongWays);

    /// <summary>What a publisher's sound may take on the line, bit/s, with what it carries twice.</summary>
    public int PublishedAudioBitrate => Redundancy == PublishedRedundancy.None ? AudioBitrate : AudioBitrate * 2;

    /// <summary>ms of round trip from which sending again comes too late for a browser's jitter buffer (60–100 ms).</summary>
    private const int LongWay = 60;

    /// <param name="roundTrip">To the publisher, ms; negative while unknown.</param>
    public bool WantsRedundancy(int roundTrip) => Redundancy switch
    {
        PublishedRedundancy.None => false,
        PublishedRedundancy.OnLongWays => roundTrip is < 0 or >= LongWay,
        _ => true,
    };

    /// <summary>The profile of a name, or null.</summary>
    public static RoomProfile? Named(string name) => name switch
    {
        "talk" => Talk,
        "lesson" => Lesson,
        "performance" => Performance,
        _ => null,
    };
}

/// <summary>Whether publishers are asked for RED.</summary>
public enum PublishedRedundancy
{
    None,

    /// <summary>In packets of 20 ms.</summary>
    Always,

    /// <summary>At 256 kbit/s two packets of 20 ms do not fit into one, and Chromium then sends RED that silently carries nothing. So: on a
    /// short way packets of 20 ms, sent again when lost; on a long or unknown one packets of 10 ms with redundancy.</summary>
    OnLongWays,
}
