using System.Globalization;
using Muse.SelfHostedMedia.Dtls;

namespace Muse.SelfHostedMedia.Sdp;

/// <summary>Reads an offer. Unknown lines are skipped (RFC 8866 §5 asks for that); what is malformed refuses the whole offer; every list is
/// bounded.</summary>
internal sealed class OfferParser
{
    private const int MaxLine = 4_096;
    private const int MaxCodecs = 128;
    private const int MaxExtensions = 64;
    private const int MaxSsrcs = 64;
    private const int MaxFeedback = 32;
    private const int MaxLayers = 8;
    private const int MaxLayerName = 16;
    private const int MaxToken = 256;

    /// <summary>RFC 8851 §10 allows - and _ too; RFC 8852 §3 does not.</summary>
    private static readonly System.Buffers.SearchValues<char> LayerName =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");

    private readonly SessionDescription _session = new();
    private readonly int _maxSections;
    private readonly Dictionary<string, Codec> _codecs = new(StringComparer.Ordinal);

    // Firefox writes a=fmtp and a=rtcp-fb before the a=rtpmap they belong to: kept until the m-line's end.
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private readonly List<(string Format, string Feedback)> _feedback = [];
    private MediaSection? _section;
    private string? _fault;

    private OfferParser(int maxSections) => _maxSections = maxSections;

    /// <returns>The offer, or <c>invalid_offer</c> with the reason.</returns>
    public static Outcome<SessionDescription> Parse(string sdp, int maxLength, int maxSections)
    {
        if (sdp.Length > maxLength)
            return Refuse($"longer than {maxLength} characters");
        if (!sdp.StartsWith("v=0", StringComparison.Ordinal))
            return Refuse("does not begin with v=0");
        var parser = new OfferParser(maxSections);
        foreach (var line in sdp.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty)
                continue;
            if (line.Length > MaxLine)
                return Refuse($"a line is longer than {MaxLine} characters");
            if (line.Length < 2 || line[1] != '=')
                return Refuse("a line is not type=value");
            parser.Read(line[0], line[2..]);
            if (parser._fault is not null)
                return Refuse(parser._fault);
        }

        parser.EndSection();
        return parser._session;
    }

    private static MediaRefusal Refuse(string detail) => new("invalid_offer", $"The SDP is refused: {detail}.");

    private void Read(char type, ReadOnlySpan<char> value)
    {
        switch (type)
        {
            case 'o':
                var rest = value;
                Token(ref rest, ' ');
                _session.SessionId = Text(Token(ref rest, ' '));
                break;
            case 'm':
                EndSection();
                ReadMedia(value);
                break;
            case 'a':
                var colon = value.IndexOf(':');
                var name = colon < 0 ? value : value[..colon];
                ReadAttribute(name, colon < 0 ? default : value[(colon + 1)..]);
                break;
        }
    }

    private void ReadMedia(ReadOnlySpan<char> value)
    {
        if (_session.Sections.Count == _maxSections)
        {
            _fault = $"more than {_maxSections} m-lines";
            return;
        }

        var kind = Text(Token(ref value, ' '));
        var port = Token(ref value, ' ');
        var slash = port.IndexOf('/');
        if (!TryNumber(slash < 0 ? port : port[..slash], 65_535, out var number))
        {
            _fault = "an m-line's port is no number";
            return;
        }

        var protocol = Text(Token(ref value, ' '));
        var formats = new List<string>();
        while (!value.IsEmpty && formats.Count < MaxCodecs)
        {
            var format = Token(ref value, ' ');
            if (!format.IsEmpty)
                formats.Add(Text(format));
        }

        _section = new() { Kind = kind, Port = number, Protocol = protocol, Formats = formats };
        _session.Sections.Add(_section);
    }

    private void ReadAttribute(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var transport = _section?.Transport ?? _session.Transport;
        switch (name)
        {
            case "ice-ufrag":
                transport.UserFragment = Text(value);
                return;
            case "ice-pwd":
                transport.Password = Text(value);
                return;
            case "setup":
                transport.Setup = Text(value);
                return;
            case "fingerprint":
                ReadFingerprint(transport, value);
                return;
            case "group" when _section is null && value.StartsWith("BUNDLE", StringComparison.Ordinal):
                _session.Bundle = Text(value, MaxLine).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
                return;
            case "extmap-allow-mixed":
                _session.MixesExtensionForms = true;
                return;
        }

        if (_section is null)
            return;
        switch (name)
        {
            case "mid":
                _section.Mid = Text(value);
                break;
            case "sendrecv":
                _section.Direction = MediaDirection.SendReceive;
                break;
            case "sendonly":
                _section.Direction = MediaDirection.SendOnly;
                break;
            case "recvonly":
                _section.Direction = MediaDirection.ReceiveOnly;
                break;
            case "inactive":
                _section.Direction = MediaDirection.Inactive;
                break;
            case "rtcp-mux":
                _section.HasRtcpMux = true;
                break;
            case "bundle-only":
                _section.IsBundleOnly = true;
                break;
            case "rtpmap":
                ReadRtpMap(value);
                break;
            case "fmtp":
                var format = Text(Token(ref value, ' '));
                if (_parameters.Count < MaxCodecs)
                    _parameters[format] = Text(value, 1_024);
                break;
            case "rtcp-fb":
                var target = Text(Token(ref value, ' '));
                if (_feedback.Count < MaxFeedback * 16)
                    _feedback.Add((target, Text(value)));
                break;
            case "simulcast":
                ReadSimulcast(value);
                break;
            case "extmap":
                ReadExtension(value);
                break;
            case "ssrc":
                if (uint.TryParse(Token(ref value, ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var ssrc)
                    && _section.Ssrcs.Count < MaxSsrcs && !_section.Ssrcs.Contains(ssrc))
                    _section.Ssrcs.Add(ssrc);
                break;
            case "sctp-port":
                _section.SctpPort = TryNumber(value, 65_535, out var port) ? port : 0;
                break;
            case "ssrc-group":
                ReadSourceGroup(value);
                break;
        }
    }

    private void ReadSourceGroup(ReadOnlySpan<char> value)
    {
        if (Token(ref value, ' ') is "FID"
            && uint.TryParse(Token(ref value, ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var original)
            && uint.TryParse(Token(ref value, ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var repair)
            && _section!.RepairSources.Count < MaxSsrcs)
            _section.RepairSources[repair] = original;
    }

    /// <summary>RFC 8853 §5.1: <c>send l;m;h recv …</c>; of alternatives (<c>a,b</c>) the first, and <c>~</c> marks one that begins paused. An
    /// answer must name a layer as <c>a=rid</c> does: what is not a plain name is left out.</summary>
    private void ReadSimulcast(ReadOnlySpan<char> value)
    {
        while (!value.IsEmpty)
        {
            var direction = Token(ref value, ' ');
            var list = Token(ref value, ' ');
            while (direction is "send" && !list.IsEmpty)
            {
                var alternatives = Token(ref list, ';');
                var name = Token(ref alternatives, ',').TrimStart('~');
                if (name.Length is > 0 and <= MaxLayerName && name.IndexOfAnyExcept(LayerName) < 0 && _section!.Layers.Count < MaxLayers
                    && !_section.Layers.Contains(name.ToString()))
                    _section.Layers.Add(name.ToString());
            }
        }
    }

    private void ReadFingerprint(TransportAttributes transport, ReadOnlySpan<char> value)
    {
        if (!Token(ref value, ' ').Equals("sha-256", StringComparison.OrdinalIgnoreCase))
            return;
        if (Fingerprint.TryParse(value.Trim(), out var fingerprint))
            transport.Fingerprint = fingerprint;
        else
            _fault = "a fingerprint is malformed";
    }

    private void ReadRtpMap(ReadOnlySpan<char> value)
    {
        var format = Token(ref value, ' ');
        if (!TryNumber(format, 127, out var payloadType))
        {
            _fault = "a payload type is no number up to 127";
            return;
        }

        var name = Text(Token(ref value, '/'));
        if (!TryNumber(Token(ref value, '/'), 1_000_000, out var clockRate) || clockRate == 0)
        {
            _fault = "a clock rate is no number";
            return;
        }

        if (!TryNumber(value, 255, out var channels))
            channels = 1;
        if (_codecs.Count < MaxCodecs)
            _codecs[Text(format)] = new((byte)payloadType, name, clockRate, channels);
    }

    private void ReadExtension(ReadOnlySpan<char> value)
    {
        var id = Token(ref value, ' ');
        var slash = id.IndexOf('/');
        var uri = Token(ref value, ' ');
        // 1…14 fit the one-byte form; 15 is reserved and larger ones need the two-byte form, which is not written.
        if (TryNumber(slash < 0 ? id : id[..slash], 255, out var number) && number is > 0 and < 15
            && _section!.Extensions.Count < MaxExtensions)
            _section.Extensions[(byte)number] = Text(uri);
    }

    private void EndSection()
    {
        if (_section is null)
            return;
        foreach (var format in _section.Formats)
        {
            if (!_codecs.TryGetValue(format, out var codec))
                continue;
            codec.Parameters = _parameters.GetValueOrDefault(format, "");
            codec.Feedback.AddRange(_feedback
                .Where(each => each.Format == format || each.Format == "*")
                .Take(MaxFeedback)
                .Select(each => each.Feedback));
            _section.Codecs.Add(codec);
        }

        _codecs.Clear();
        _parameters.Clear();
        _feedback.Clear();
        _section = null;
    }

    private static ReadOnlySpan<char> Token(ref ReadOnlySpan<char> rest, char separator)
    {
        var end = rest.IndexOf(separator);
        var token = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return token;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;

    private string Text(ReadOnlySpan<char> text, int max = MaxToken)
    {
        if (text.Length <= max)
            return text.ToString();
        _fault = $"a value is longer than {max} characters";
        return "";
    }
}
