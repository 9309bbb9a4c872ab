using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;

namespace Muse.Imitations.Jitsi;

/// <summary>
/// BOSH (XEP-0124) as far as signing in: a session is opened under an address that carries the token, and SASL ANONYMOUS in it is answered by what
/// Jitsi's mod_auth_token says of that token. It counts the requests of a session as prosody does.
/// </summary>
/// <param name="refusal">Of a token; null when it is taken.</param>
internal sealed class Prosody(Func<string?, Task<string?>> refusal)
{
    /// <summary>The name of the XMPP host in jitsi's Docker, whatever the web server is called.</summary>
    public const string Host = "meet.jitsi";

    private const int MostSessions = 1_000;

    private static readonly XNamespace Bosh = "http://jabber.org/protocol/httpbind";
    private static readonly XNamespace Stream = "http://etherx.jabber.org/streams";
    private static readonly XNamespace Sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

    private readonly ConcurrentDictionary<string, Session> _sessions = new();

    private sealed record Session(string? Token, long Rid);

    public async Task<IResult> Take(HttpRequest request)
    {
        XElement body;
        try
        {
            using var reader = XmlReader.Create(request.Body, new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit });
            body = await XElement.LoadAsync(reader, LoadOptions.None, request.HttpContext.RequestAborted);
        }
        catch (XmlException)
        {
            return Results.BadRequest();
        }
        if (body.Name != Bosh + "body" || !long.TryParse((string?)body.Attribute("rid"), out var rid)) return Results.BadRequest();
        return (string?)body.Attribute("sid") is { } sid ? await GoOn(sid, rid, body) : Open(rid, body, request.Query["token"]);
    }

    private IResult Open(long rid, XElement body, string? token)
    {
        if ((string?)body.Attribute("to") != Host) return Ends("host-unknown");
        if (_sessions.Count >= MostSessions) _sessions.Clear();
        var sid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _sessions[sid] = new Session(token, rid);
        return Answer(new XAttribute("sid", sid), new XAttribute("from", Host), new XAttribute("ver", "1.6"), new XAttribute("wait", "5"),
            new XElement(Stream + "features", new XElement(Sasl + "mechanisms", new XElement(Sasl + "mechanism", "ANONYMOUS"))));
    }

    private async Task<IResult> GoOn(string sid, long rid, XElement body)
    {
        if (!_sessions.TryGetValue(sid, out var session) || rid != session.Rid + 1) return Ends("item-not-found");
        _sessions[sid] = session with { Rid = rid };
        if ((string?)body.Attribute("type") == "terminate")
        {
            _sessions.TryRemove(sid, out _);
            return Ends(null);
        }
        if (body.Element(Sasl + "auth") is not { } auth) return Answer();
        if ((string?)auth.Attribute("mechanism") != "ANONYMOUS") return Answer(Failure("invalid-mechanism", null));
        return Answer(await refusal(session.Token) is { } why ? Failure("not-allowed", why) : new XElement(Sasl + "success"));
    }

    private static XElement Failure(string condition, string? text) =>
        new(Sasl + "failure", new XElement(Sasl + condition), text is null ? null : new XElement(Sasl + "text", text));

    private static IResult Ends(string? condition) =>
        Answer(new XAttribute("type", "terminate"), condition is null ? null : new XAttribute("condition", condition));

    private static IResult Answer(params object?[] inside) =>
        Results.Text(new XElement(Bosh + "body", inside).ToString(SaveOptions.DisableFormatting), "text/xml; charset=utf-8");
}
