using System.Globalization;
using System.Net;
using System.Text;

namespace Muse.Imitations.Trying;

/// <summary>The page's text. It looks at what is held every two seconds, and leaves alone whoever is typing.</summary>
internal static class TryingHtml
{
    private static readonly Dictionary<Happening, string> Words = new()
    {
        [Happening.Start] = "Start",
        [Happening.JoinAsHost] = "Join as host",
        [Happening.Join] = "Join as guest",
        [Happening.End] = "End",
        [Happening.RecordingReady] = "Recording is ready",
        [Happening.Delete] = "Delete it here",
    };

    public static string Page(IReadOnlyList<Imitation> providers, string muse) => $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Imitated meeting providers</title>
        <style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
        body { max-width: 64rem; margin: 0 auto; padding: 1rem }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: start; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #8886; vertical-align: top }
        button, input { font: inherit; min-height: 44px; padding: 0 .8rem }
        input { width: 8rem }
        form { display: inline-block; margin: 0 .3rem .3rem 0 }
        .down { color: #b00020 } @media (prefers-color-scheme: dark) { .down { color: #ff8a80 } }
        code { overflow-wrap: anywhere }
        </style>
        </head>
        <body>
        <h1>Imitated meeting providers</h1>
        <p>These stand in for Zoom, Google and the others while you try <a href="{{WebUtility.HtmlEncode(muse)}}">Muse</a> without an account. Nothing leaves this machine.
        What happens here reaches Muse as it would from the real provider; look at the lesson's page.</p>
        <main>{{Held(providers)}}</main>
        <script>
        setInterval(async () => {
          if (document.activeElement instanceof HTMLInputElement) return;
          try {
            const text = await (await fetch('/held')).text();
            const main = document.querySelector('main');
            if (main.dataset.text !== text && !(document.activeElement instanceof HTMLInputElement)) { main.innerHTML = text; main.dataset.text = text; }
          } catch { /* The imitations have ended. */ }
        }, 2000);
        </script>
        </body>
        </html>
        """;

    public static string Held(IReadOnlyList<Imitation> providers)
    {
        var html = new StringBuilder();
        foreach (var provider in providers) Append(html, provider);
        return html.ToString();
    }

    private static void Append(StringBuilder html, Imitation provider)
    {
        html.Append(CultureInfo.InvariantCulture, $"""
            <section><h2>{Text(provider.Title)}{(provider.Down ? " <span class=\"down\">is down</span>" : "")}</h2>
            <p><code>{Text(provider.Address)}</code>
            {Form("/down", provider, null, "", provider.Down ? "Bring it up again" : "Take it down")}</p>
            """);
        if (provider.Note is { } note) html.Append(CultureInfo.InvariantCulture, $"<p>{Text(note)}</p>");
        var held = provider.Held;
        if (held.Count == 0)
        {
            html.Append("<p>It holds no meeting.</p></section>");
            return;
        }
        html.Append("<table><tr><th>Meeting</th><th>When (UTC)</th><th>State</th><th>Make happen</th></tr>");
        foreach (var meeting in held.OrderBy(m => m.Start ?? DateTimeOffset.MaxValue))
        {
            var when = meeting.Start is { } start
                ? $"{start.UtcDateTime.ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}, {meeting.Minutes} min"
                : "it knows no times";
            var present = meeting.Present.Count == 0 ? "" : $"<br>{Text(string.Join(", ", meeting.Present))}";
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(meeting.Title)}<br><code>{Text(meeting.Reference)}</code></td><td>{when}</td><td>{Text(meeting.State)}{present}</td><td>");
            foreach (var what in Enum.GetValues<Happening>().Where(provider.Happenings.Contains))
            {
                if (what != Happening.Leave) html.Append(Form("/happen", provider, what, meeting.Reference, Words[what]));
                else foreach (var guest in meeting.Present.Distinct()) html.Append(Form("/happen", provider, what, meeting.Reference, $"{guest} leaves", guest));
            }
            html.Append("</td></tr>");
        }
        html.Append("</table></section>");
    }

    private static string Form(string action, Imitation provider, Happening? what, string reference, string button, string? who = null)
    {
        var guest = who is not null ? $"<input type=\"hidden\" name=\"guest\" value=\"{Text(who)}\">"
            : what is Happening.Join ? "<input name=\"guest\" aria-label=\"Who\" placeholder=\"Guest\"> " : "";
        return $"""
            <form method="post" action="{action}"><input type="hidden" name="provider" value="{Text(provider.Title)}"><input type="hidden" name="what" value="{what}"><input type="hidden" name="reference" value="{Text(reference)}">{guest}<button>{button}</button></form>
            """;
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
