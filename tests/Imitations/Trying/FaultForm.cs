using System.Globalization;
using System.Net;
using System.Text;

namespace Muse.Imitations.Trying;

/// <summary>The part of the page that lets a provider have trouble for its next requests: what is on, and what may be put on.</summary>
internal static class FaultForm
{
    /// <summary>Of one press; more of the same may be put on after it.</summary>
    public const int MostTimes = 1_000;

    /// <summary>In the order of the list. A 502 and a 307 look to whoever clicks as a 500 does.</summary>
    private static readonly (Fault Fault, string Words)[] Kinds =
    [
        (Fault.TooManyWithWait, "429, and says how long to wait"),
        (Fault.TooMany, "429 without a time to wait"),
        (Fault.Unauthorized, "401, as if the token had expired"),
        (Fault.ServerError, "500, its own trouble"),
        (Fault.BrokenBefore, "Connection breaks before it happened"),
        (Fault.BrokenAfter, "Connection breaks after it happened"),
        (Fault.SilentBefore, "No answer, and nothing happened"),
        (Fault.SilentAfter, "No answer, though it happened"),
        (Fault.SlowBody, "Slow answer, a few bytes at a time"),
        (Fault.BrokenJson, "Broken JSON, though it happened"),
    ];

    /// <summary>Null when the form does not offer it, or for no number of times that it takes.</summary>
    public static (Fault Fault, int Times)? Read(IFormCollection form) =>
        Which(form) is { } fault && int.TryParse(form["times"], NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is > 0 and <= MostTimes
            ? (fault, times) : null;

    public static Fault? Which(IFormCollection form) =>
        Kinds.FirstOrDefault(kind => kind.Fault.ToString() == form["fault"]) is { Words: not null } kind ? kind.Fault : null;

    public static void AppendOn(StringBuilder html, Imitation provider)
    {
        var title = WebUtility.HtmlEncode(provider.Title);
        foreach (var (fault, times) in provider.Faults.On)
        {
            var words = Kinds.FirstOrDefault(kind => kind.Fault == fault).Words ?? fault.ToString();
            html.Append(CultureInfo.InvariantCulture, $"""
                <div class="on"><strong class="down">{words}</strong> for the next {(times == 1 ? "request" : $"{times} requests")}
                <form method="post" action="/fault/off"><input type="hidden" name="provider" value="{title}"><input type="hidden" name="fault" value="{fault}"><button aria-label="Take off: {words}">Take it off</button></form></div>
                """);
        }
    }

    public static void AppendForm(StringBuilder html, Imitation provider)
    {
        html.Append(CultureInfo.InvariantCulture, $"""
            <form class="fault" method="post" action="/fault"><input type="hidden" name="provider" value="{WebUtility.HtmlEncode(provider.Title)}">
            <label>Trouble <select name="fault">
            """);
        foreach (var (fault, words) in Kinds)
            html.Append(CultureInfo.InvariantCulture, $"""<option value="{fault}">{words}</option>""");
        html.Append(CultureInfo.InvariantCulture, $"""
            </select></label> <label>for the next <input type="number" name="times" value="1" min="1" max="{MostTimes}" required> requests</label> <button>Put it on</button></form>
            """);
    }
}
