using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

/// <summary>What became of a token that was shown to a server.</summary>
public enum KeysSeen
{
    Taken,
    /// <summary>The server says that the token is none of its own: the app id or the secret is another one.</summary>
    Refused,
    /// <summary>The server answers, but offers nothing to which a token could be shown without entering a room.</summary>
    Unseen,
}

/// <param name="Why">The server's own words for a refusal.</param>
public sealed record JitsiSight(KeysSeen Keys, string Why = "");

/// <summary>
/// Shows a token to prosody as a browser does before it enters a room, and stops there: a BOSH session (XEP-0124, XEP-0206) whose address
/// carries the token, and SASL ANONYMOUS in it. Jitsi's <c>mod_auth_token</c> checks signature, issuer, audience and time at that moment and answers
/// <c>success</c>, or <c>failure</c> with <c>not-allowed</c> and a reason. Nobody sees it in a room, and the session ends by itself within the minute.
/// </summary>
internal sealed class BoshLogin(JitsiWire wire)
{
    /// <summary>No lesson's room is called so.</summary>
    public const string Room = "muse-asks";

    private static readonly XNamespace Bosh = "http://jabber.org/protocol/httpbind";
    private static readonly XNamespace Xbosh = "urn:xmpp:xbosh";
    private static readonly XNamespace Sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

    /// <summary>Reasons that say nothing of the key: the server itself could not get at what it needs to check it.</summary>
    private static readonly string[] NotOfTheKey = ["could not obtain public key"];

    /// <param name="host">The name of the XMPP host, which need not be that of the web server.</param>
    /// <exception cref="ProviderTrouble">What browsers need to get in does not answer.</exception>
    public async Task<JitsiSight> Try(JitsiServer server, bool tutors, string host, string token, CancellationToken ct)
    {
        var address = new Uri($"{server.AddressOf("http-bind")}?room={Room}&token={token}");
        var rid = Random.Shared.NextInt64(1, 1L << 40);
        var opened = await Send(tutors, address, new XElement(Bosh + "body", new XAttribute("content", "text/xml; charset=utf-8"), new XAttribute("hold", 1),
            new XAttribute("wait", 5), new XAttribute("rid", rid), new XAttribute("to", host), new XAttribute("ver", "1.6"),
            new XAttribute(XNamespace.Xml + "lang", "en"), new XAttribute(XNamespace.Xmlns + "xmpp", Xbosh), new XAttribute(Xbosh + "version", "1.0")), ct);
        if ((string?)opened?.Attribute("sid") is not { Length: > 0 } sid || Ends(opened)) return new JitsiSight(KeysSeen.Unseen);
        var told = await Send(tutors, address, new XElement(Bosh + "body", new XAttribute("rid", (rid + 1).ToString(CultureInfo.InvariantCulture)),
            new XAttribute("sid", sid), new XElement(Sasl + "auth", new XAttribute("mechanism", "ANONYMOUS"))), ct);
        if (told?.Element(Sasl + "success") is not null) return new JitsiSight(KeysSeen.Taken);
        // Others speak of the way of signing in (invalid-mechanism), or of the server's own trouble.
        if (told?.Element(Sasl + "failure") is not { } failure || (failure.Element(Sasl + "not-allowed") ?? failure.Element(Sasl + "not-authorized")) is null)
            return new JitsiSight(KeysSeen.Unseen);
        var why = failure.Element(Sasl + "text")?.Value ?? "";
        return NotOfTheKey.Any(reason => why.Contains(reason, StringComparison.OrdinalIgnoreCase))
            ? new JitsiSight(KeysSeen.Unseen)
            : new JitsiSight(KeysSeen.Refused, why.Length > 200 ? why[..200] : why);
    }

    /// <returns>Null when there is no BOSH at this address: a 404, or the page that stands for every room.</returns>
    private async Task<XElement?> Send(bool tutors, Uri address, XElement body, CancellationToken ct)
    {
        var reply = await wire.Exchange(tutors, HttpMethod.Post, address, body.ToString(SaveOptions.DisableFormatting), ct);
        if (reply.Status != 200 || !reply.Text.TrimStart().StartsWith("<body", StringComparison.Ordinal)) return null;
        try
        {
            using var reader = XmlReader.Create(new StringReader(reply.Text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XElement.Load(reader) is { } read && read.Name == Bosh + "body" ? read : null;
        }
        catch (XmlException broken)
        {
            throw new ProviderTrouble("unreadable_answer", "The Jitsi server's answer cannot be read.", broken);
        }
    }

    private static bool Ends(XElement body) => (string?)body.Attribute("type") == "terminate";
}
