using System.Globalization;
using System.Net;
using System.Text;

namespace Muse.Imitations.Trying;

/// <summary>The page's text. Every two seconds it draws anew those of its parts that changed, and leaves alone whoever is typing or choosing.</summary>
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
        .wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
        th, td { text-align: start; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #8886; vertical-align: top }
        button, input, select { font: inherit; min-height: 44px; padding: 0 .8rem; max-width: 100%; box-sizing: border-box }
        input { width: 8rem } input[type=number] { width: 6rem }
        .on form { margin-inline-start: .6rem } .fault label { display: inline-block; margin: 0 .3rem .3rem 0 }
        form { display: inline-block; margin: 0 .3rem .3rem 0 }
        .down { color: #b00020 } @media (prefers-color-scheme: dark) { .down { color: #ff8a80 } }
        code { overflow-wrap: anywhere }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0 }
        @media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr) } }
        dd { margin: 0 } dd code { user-select: all }
        small { opacity: .85 }
        </style>
        </head>
        <body>
        <h1>Imitated meeting providers</h1>
        <p>These stand in for Zoom, Google and the others while you try <a href="{{WebUtility.HtmlEncode(muse)}}">Muse</a> without an account. Nothing leaves this machine.
        What happens here reaches Muse as it would from the real provider; look at the lesson's page.</p>
        <main>{{Held(providers, muse)}}</main>
        <script>
        const posted = (button) => button?.form.action + '?' + new URLSearchParams(new FormData(button.form));
        function draw(part, now) {
          if (!now || part.isEqualNode(now) || part.querySelector('input:focus')) return;
          const focused = part.querySelector('button:focus');
          part.replaceWith(now);
          if (focused) [...now.querySelectorAll('button')].find((button) => posted(button) === posted(focused))?.focus();
        }
        setInterval(async () => {
          try {
            const page = new DOMParser().parseFromString(await (await fetch('/held')).text(), 'text/html');
            for (const part of document.querySelectorAll('[data-part]')) draw(part, page.querySelector(`[data-part="${part.dataset.part}"]`));
          } catch { /* The imitations have ended. */ }
        }, 2000);
        </script>
        </body>
        </html>
        """;

    private const int MostChapters = 15;

    public static string Held(IReadOnlyList<Imitation> providers, string muse)
    {
        var html = new StringBuilder();
        foreach (var provider in providers) Append(html, provider, muse);
        return html.ToString();
    }

    // What changes is in parts with a name; the form for trouble is in none, so that nothing that is half chosen there jumps back.
    private static void Append(StringBuilder html, Imitation provider, string muse)
    {
        html.Append(CultureInfo.InvariantCulture, $"""
            <section><div data-part="{Text(provider.Title)}: trouble"><h2>{Text(provider.Title)}{(provider.Down ? " <span class=\"down\">is down</span>" : "")}</h2>
            <p><code>{Text(provider.Address)}</code>
            {Form("/down", provider, null, "", provider.Down ? "Bring it up again" : "Take it down")}</p>
            """);
        FaultForm.AppendOn(html, provider);
        html.Append("</div>");
        FaultForm.AppendForm(html, provider);
        html.Append(CultureInfo.InvariantCulture, $"<div data-part=\"{Text(provider.Title)}: meetings\">");
        if (provider.Note is { } note) html.Append(CultureInfo.InvariantCulture, $"<p>{Text(note)}</p>");
        if (provider.Keys.Count > 0)
        {
            html.Append("<dl>");
            foreach (var (name, value) in provider.Keys)
                html.Append(CultureInfo.InvariantCulture, $"<dt>{Text(name)}</dt><dd><code>{Text(value)}</code></dd>");
            html.Append("</dl>");
        }
        if (provider.AllowedAccounts.Count > 0)
        {
            html.Append("<h3>Accounts that Muse may use</h3><ul>");
            foreach (var account in provider.AllowedAccounts)
                html.Append(CultureInfo.InvariantCulture, $"<li><code>{Text(account)}</code> {Form("/consent", provider, null, account, "Take the consent back")}</li>");
            html.Append("</ul>");
        }
        AppendMeetings(html, provider, muse);
        if (provider.Story?.Chapters is { Count: > 0 } chapters)
        {
            html.Append("<h3>What became of its meetings</h3><ul>");
            foreach (var (at, what, reference, lesson) in chapters.Take(MostChapters))
                html.Append(CultureInfo.InvariantCulture, $"<li>{Clock(at)} <code>{Text(reference)}</code> {Text(what)}{Lesson(lesson, muse)}</li>");
            html.Append("</ul>");
        }
        html.Append("</div></section>");
    }

    private static void AppendMeetings(StringBuilder html, Imitation provider, string muse)
    {
        var held = provider.Held;
        if (held.Count == 0)
        {
            html.Append("<p>It holds no meeting.</p>");
            return;
        }
        html.Append("<div class=\"wide\"><table><tr><th>Meeting</th><th>When (UTC)</th><th>State</th><th>Make happen</th></tr>");
        foreach (var meeting in held.OrderBy(m => m.Start ?? DateTimeOffset.MaxValue))
        {
            var when = meeting.Start is { } start
                ? $"{start.UtcDateTime.ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}, {meeting.Minutes} min"
                : "it knows no times";
            var present = meeting.Present.Count == 0 ? "" : $"<br>{Text(string.Join(", ", meeting.Present))}";
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(meeting.Title)}<br><code>{Text(meeting.Reference)}</code>{Lesson(meeting.LessonId, muse)}{Made(provider.Story?.MadeOf(meeting.Reference))}{Account(meeting.Account)}</td><td>{when}</td><td>{Text(meeting.State)}{present}</td><td>");
            foreach (var what in Enum.GetValues<Happening>().Where(provider.Happenings.Contains))
            {
                if (what != Happening.Leave) html.Append(Form("/happen", provider, what, meeting.Reference, Words[what]));
                else foreach (var guest in meeting.Present.Distinct()) html.Append(Form("/happen", provider, what, meeting.Reference, $"{guest} leaves", guest));
            }
            html.Append("</td></tr>");
        }
        html.Append("</table></div>");
    }

    private static string Made(Chapter? made) => made is null ? "" : $"<br><small>{Text(made.What)} {Clock(made.At)}</small>";

    private static string Account(string? address) => address is null ? "" : $"<br><small>In the account {Text(address)}</small>";

    private static string Lesson(Guid? lesson, string muse) =>
        lesson is not { } id ? "" : $" <small>for <a href=\"{Text(muse)}/lessons/{id}\">lesson …{id.ToString("D")[^6..]}</a></small>";

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

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
