namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What a room's sound and picture may cost.</summary>
/// <param name="AudioBitrate">Opus target in bit/s, 6,000–510,000 (RFC 7587 §7).</param>
/// <param name="Stereo">Asks publishers for two channels and no discontinuous transmission.</param>
/// <param name="MaxVideoBitrate">bit/s of one publisher's pictures; told to it by REMB.</param>
public sealed record RoomProfile(int AudioBitrate, bool Stereo, int MaxVideoBitrate)
{
    /// <summary>Speech.</summary>
    public static RoomProfile Talk { get; } = new(40_000, Stereo: false, 1_500_000);

    /// <summary>A music lesson: stereo at 256 kbit/s, 720p.</summary>
    public static RoomProfile Lesson { get; } = new(256_000, Stereo: true, 2_500_000);
}
