namespace Muse.SelfHostedMedia.Sdp;

/// <summary>What an offer must have before anything is answered: one bundled transport with SHA-256 fingerprint and ICE credentials.</summary>
internal static class OfferChecks
{
    private const int MaxMid = 32;

    /// <summary>The transport of the bundle, or why the offer cannot be answered.</summary>
    /// <param name="withData">Data channels are answered.</param>
    public static Outcome<TransportAttributes> BundleTransport(SessionDescription offer, bool withData = false)
    {
        var live = offer.Sections.Where(section => (section.IsMedia || (withData && section.IsDataChannel)) && !section.IsRejected).ToList();
        if (live.Count == 0)
            return Refuse(withData ? "no m-line of audio, video or a data channel" : "no m-line of audio or video");
        var mids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in live)
        {
            if (section.IsMedia && section.Protocol != "UDP/TLS/RTP/SAVPF")
                return Refuse("an m-line is not UDP/TLS/RTP/SAVPF");
            // What belongs to the transport is left out of bundle-only m-lines (RFC 9143 §7.1.3; the example of RFC 9725 has it so).
            if (section.IsMedia && !section.HasRtcpMux && !section.IsBundleOnly)
                return Refuse("an m-line lacks rtcp-mux");
            if (section.Mid.Length is 0 or > MaxMid || !section.Mid.All(IsMidCharacter) || !mids.Add(section.Mid))
                return Refuse("an m-line lacks a mid of its own (at most 32 letters, digits, - _ .)");
            if (!offer.Bundle.Contains(section.Mid))
                return Refuse("an m-line is not in the BUNDLE group");
        }

        var tagged = live.Find(section => section.Mid == offer.Bundle[0]) ?? live[0];
        var transport = offer.TransportOf(tagged);
        if (transport.UserFragment is not { Length: >= 4 and <= 256 } || transport.Password is not { Length: >= 22 and <= 256 })
            return Refuse("ICE credentials are missing");
        if (transport.Fingerprint is null)
            return Refuse("a sha-256 fingerprint is missing");
        return transport.Setup is "passive" or "holdconn" ? Refuse("the server is always the DTLS server") : transport;
    }

    private static bool IsMidCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';

    private static MediaRefusal Refuse(string detail) => new("invalid_offer", $"The offer is refused: {detail}.");
}
