using System.Globalization;

namespace Muse.SelfHostedMedia.Sdp;

/// <summary>Which codec a publisher shall use, and under which payload type each subscriber gets it.</summary>
internal static class CodecChoice
{
    private const string H264 = "H264";

    /// <summary>Chosen for a publisher: Opus for sound; for pictures the first of our list that it offers and all the others decode. An offer
    /// that names H.264 first comes from a device that encodes it in hardware and VP8 in software (Safari, iPad): there it is our first too.</summary>
    /// <param name="viewers">Video m-lines of those who are in the room: what they decode. When no codec is known to all, the first of the
    /// list is taken.</param>
    public static Codec? ForPublisher(MediaSection section, IReadOnlyList<string> videoCodecs, IReadOnlyList<MediaSection>? viewers = null)
    {
        if (section.Kind == "audio")
            return section.Codecs.FirstOrDefault(IsOpus);
        Codec? first = null;
        foreach (var name in InOrder(section, videoCodecs))
        {
            var candidates = section.Codecs.Where(codec => Is(codec, name) && IsUsable(codec)).ToList();
            // Constrained baseline first: it is what every H.264 decoder of a browser takes (RFC 7742 §6.2).
            var chosen = candidates.Find(codec => ProfileOf(codec) == "42e0") ?? candidates.FirstOrDefault();
            if (chosen is null)
                continue;
            if (viewers is null || viewers.All(viewer => ForSubscriber(viewer, chosen) is not null))
                return chosen;
            first ??= chosen;
        }

        return first;
    }

    /// <summary>Of the codecs in our list, H.264 stands first in the offer.</summary>
    private static IEnumerable<string> InOrder(MediaSection section, IReadOnlyList<string> videoCodecs)
    {
        var preferred = section.Codecs.Find(codec => videoCodecs.Any(name => Is(codec, name)));
        return preferred is not null && Is(preferred, H264) ? videoCodecs.OrderBy(name => !Is(preferred, name)) : videoCodecs;
    }

    /// <summary>The subscriber's payload type for a track, or null when it cannot decode it.</summary>
    public static Codec? ForSubscriber(MediaSection section, Codec published) =>
        section.Codecs.FirstOrDefault(codec => Matches(codec, published));

    /// <summary>The RTX of a codec, when it is offered (RFC 4588 §8.6: <c>apt</c> names the payload type it repairs).</summary>
    public static Codec? RepairOf(MediaSection section, Codec codec) => section.Codecs.FirstOrDefault(each =>
        Is(each, "rtx") && each.ClockRate == codec.ClockRate
        && each.Parameter("apt") == codec.PayloadType.ToString(CultureInfo.InvariantCulture));

    /// <summary>The RED of a sound, when it is offered and its blocks are of that codec alone (RFC 2198 §5: <c>111/111</c>).</summary>
    public static Codec? RedundancyOf(MediaSection section, Codec codec) => section.Codecs.FirstOrDefault(each =>
        Is(each, "red") && each.ClockRate == codec.ClockRate && each.Channels == codec.Channels
        && (each.Parameters.Length == 0
            || each.Parameters.Split('/').All(part => part == codec.PayloadType.ToString(CultureInfo.InvariantCulture))));

    private static bool Matches(Codec offered, Codec published)
    {
        if (!Is(offered, published.Name) || offered.ClockRate != published.ClockRate || offered.Channels != published.Channels)
            return false;
        return published.Name.ToUpperInvariant() switch
        {
            "H264" => IsUsable(offered) && ProfileOf(offered) == ProfileOf(published),
            "VP9" => (offered.Parameter("profile-id") ?? "0") == (published.Parameter("profile-id") ?? "0"),
            "AV1" => (offered.Parameter("profile") ?? "0") == (published.Parameter("profile") ?? "0"),
            _ => true,
        };
    }

    private static bool IsOpus(Codec codec) => Is(codec, "opus") && codec.ClockRate == 48_000 && codec.Channels == 2;

    private static bool Is(Codec codec, string name) => codec.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>H.264 frames do not fit one packet: mode 1 is needed (RFC 6184 §6.3). VP9 and AV1 in their 8-bit profile.</summary>
    private static bool IsUsable(Codec codec) => codec.Name.ToUpperInvariant() switch
    {
        "H264" => codec.Parameter("packetization-mode") == "1",
        "VP9" => (codec.Parameter("profile-id") ?? "0") == "0",
        "AV1" => (codec.Parameter("profile") ?? "0") == "0",
        _ => true,
    };

    /// <summary>profile_idc and the constraint bits, without the level.</summary>
    private static string ProfileOf(Codec codec)
    {
        var profile = codec.Parameter("profile-level-id")?.ToLowerInvariant();
        return profile is { Length: 6 } ? profile[..4] : "4200";
    }
}
