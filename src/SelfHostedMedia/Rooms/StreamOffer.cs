using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The one offer of a WHIP (RFC 9725 §4.2) or WHEP session, checked before anybody joins a room for it.</summary>
public sealed class StreamOffer
{
    private readonly SessionDescription _offer;

    private StreamOffer(string sdp, SessionDescription offer) => (Sdp, _offer) = (sdp, offer);

    public string Sdp { get; }

    internal SessionDescription Description => _offer;

    /// <summary>The client's, so that a later fragment shows whether it restarts ICE.</summary>
    public string UserFragment => _offer.TransportOf(Tagged).UserFragment!;

    /// <summary>The mids of the bundle, in the order of the m-lines.</summary>
    public IEnumerable<string> Mids => _offer.Sections.Select(section => section.Mid);

    /// <summary>The m-line under which a fragment of the bundle stands (RFC 9143 §7.2).</summary>
    public string TaggedLine => $"m={Tagged.Kind} 9 {Tagged.Protocol} {Tagged.Formats.FirstOrDefault() ?? "0"}";

    public string TaggedMid => Tagged.Mid;

    private MediaSection Tagged =>
        _offer.Sections.Find(section => section.Mid == _offer.Bundle[0] && section.IsMedia) ?? _offer.Sections.First(section => section.IsMedia);

    /// <summary>A publisher's offer: one bundle that sends at most one sound and one picture.</summary>
    /// <returns>The offer; <c>invalid_offer</c> when it is no SDP of WebRTC; <c>unsupported_offer</c> when it asks for what a session cannot
    /// be.</returns>
    public static Outcome<StreamOffer> OfPublisher(string sdp, MediaOptions options)
    {
        var offer = Read(sdp, options);
        if (offer.IsRefused)
            return offer;
        var sections = offer.Value._offer.Sections;
        // RFC 9725 §4.2: no m-line is refused alone; the whole offer is.
        if (sections.Exists(section => !section.IsMedia))
            return Refuse("it has an m-line that is neither audio nor video");
        if (sections.Exists(section => section.Direction is MediaDirection.ReceiveOnly or MediaDirection.Inactive))
            return Refuse("every m-line has to send");
        if (sections.Count(section => section.Kind == "audio") > 1 || sections.Count(section => section.Kind == "video") > 1)
            return Refuse("at most one audio and one video m-line");
        if (sections.Find(section => CodecChoice.ForPublisher(section, options.VideoCodecs) is null) is { } foreign)
            return Refuse($"m-line {foreign.Mid} has no codec that is forwarded here");
        return offer;
    }

    /// <summary>A viewer's offer: one bundle that receives.</summary>
    /// <returns>As <see cref="OfPublisher"/>.</returns>
    public static Outcome<StreamOffer> OfViewer(string sdp, MediaOptions options)
    {
        var offer = Read(sdp, options);
        if (offer.IsRefused)
            return offer;
        var sections = offer.Value._offer.Sections;
        if (sections.Exists(section => !section.IsMedia))
            return Refuse("it has an m-line that is neither audio nor video");
        if (sections.Exists(section => section.Direction is MediaDirection.SendOnly or MediaDirection.Inactive))
            return Refuse("every m-line has to receive");
        return offer;
    }

    /// <summary>Which m-line gets which track: oldest first, each to the first free m-line of its kind that knows its codec.</summary>
    /// <returns>mid → track; empty when nothing fits.</returns>
    public IReadOnlyDictionary<string, Guid> Assign(IEnumerable<TrackInfo> tracks)
    {
        var assigned = new Dictionary<string, Guid>(StringComparer.Ordinal);
        foreach (var track in tracks)
        {
            var kind = track.Kind == TrackKind.Audio ? "audio" : "video";
            if (_offer.Sections.Find(section => section.Kind == kind && !assigned.ContainsKey(section.Mid) && Knows(section, track.Codec)) is { } free)
                assigned.Add(free.Mid, track.Id);
        }

        return assigned;
    }

    private static bool Knows(MediaSection section, string codec) =>
        section.Codecs.Exists(known => known.Name.Equals(codec, StringComparison.OrdinalIgnoreCase));

    private static Outcome<StreamOffer> Read(string sdp, MediaOptions options)
    {
        var offer = OfferParser.Parse(sdp, options.MaxOfferLength, options.MaxMediaSections);
        if (offer.IsRefused)
            return offer.Refusal!;
        var transport = OfferChecks.BundleTransport(offer.Value);
        return transport.IsRefused ? transport.Refusal! : new StreamOffer(sdp, offer.Value);
    }

    private static MediaRefusal Refuse(string detail) => new("unsupported_offer", $"The offer is refused: {detail}.");
}
