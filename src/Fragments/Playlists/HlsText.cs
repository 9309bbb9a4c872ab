using System.Globalization;
using System.Text;

namespace Muse.Fragments.Playlists;

/// <summary>Lines of a playlist (RFC 8216bis §4.1): the same on every machine, and never more of them than were meant.</summary>
internal sealed class HlsText
{
    private readonly StringBuilder _text = new("#EXTM3U\n");

    public HlsText Line(FormattableString line)
    {
        _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Seconds with the microseconds that the mapping knows.</summary>
    public static string Seconds(double micros) => (micros / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);

    /// <summary>A whole number, half away from 0, as EXT-X-TARGETDURATION compares it (§4.4.3.1).</summary>
    public static long Rounded(double micros) => (long)Math.Round(micros / 1e6, MidpointRounding.AwayFromZero);

    /// <summary>ISO 8601 with milliseconds, UTC.</summary>
    /// <param name="micros">Since 1970.</param>
    public static string Date(double micros) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(micros / 1_000))
        .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A quoted string knows no escape for quotes and line ends (§4.2): a person's name may have them.</summary>
    public static string Name(string name) => string.Concat(name.Select(each => each == '"' ? '\'' : char.IsControl(each) ? ' ' : each));

    /// <exception cref="ArgumentException">It would end its line or its attribute: a mistake of ours.</exception>
    public static string Uri(string uri) =>
        uri.Length > 0 && uri[0] != '#' && uri.All(each => each is > ' ' and not '"' && !char.IsControl(each))
            ? uri
            : throw new ArgumentException($"'{uri}' cannot stand in a playlist");
}
