using System.Net;
using System.Text;

namespace Muse.Imitations.Trying;

/// <summary>What a browser finds behind a provider's link: a page that asks for a name, lets in, and lets go again.</summary>
internal static class DoorPage
{
    /// <param name="pattern">A route with <c>{key}</c> in it.</param>
    /// <param name="title">What the meeting behind a key is called; null when there is none.</param>
    /// <param name="proposed">The name that the link brings along, or null.</param>
    public static void Map(
        WebApplication app, string pattern, string provider, Func<string, string?> title, Func<HttpRequest, string?> proposed,
        Func<string, string, Task> join, Func<string, string, Task> leave)
    {
        app.MapGet(pattern, (HttpContext http, string key) => title(key) is not { } name
            ? Page(StatusCodes.Status404NotFound, provider, "<p>There is no such meeting.</p>")
            : Page(StatusCodes.Status200OK, provider, $"<p>{Text(name)}</p>{Form("Come in", Named(proposed(http.Request)))}"));
        app.MapPost(pattern, async (HttpContext http, string key) =>
        {
            if (title(key) is not { } name) return Page(StatusCodes.Status404NotFound, provider, "<p>There is no such meeting.</p>");
            var form = await http.Request.ReadFormAsync();
            var guest = form["guest"].ToString() is { Length: > 0 and <= 100 } given ? given : "Guest";
            if (form.ContainsKey("leaves"))
            {
                await leave(key, guest);
                return Page(StatusCodes.Status200OK, provider, $"<p>You have left {Text(name)}.</p>{Form("Come in again", Named(guest))}");
            }
            await join(key, guest);
            return Page(StatusCodes.Status200OK, provider,
                $"<p>You are in <strong>{Text(name)}</strong>. The real {Text(provider)} would show the lesson here.</p>{Form("Leave", $"<input type=\"hidden\" name=\"leaves\" value=\"1\"><input type=\"hidden\" name=\"guest\" value=\"{Text(guest)}\">")}");
        });
    }

    private static string Named(string? proposed) => $"<label>Your name <input name=\"guest\" value=\"{Text(proposed ?? "")}\" maxlength=\"100\"></label> ";

    private static string Form(string button, string fields) => $"<form method=\"post\">{fields}<button>{button}</button></form>";

    private static IResult Page(int status, string provider, string body) => Results.Text(
        $$"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{Text(provider)}}, imitated</title>
        <style>:root { color-scheme: light dark; font: 16px/1.5 system-ui } body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem } button, input { font: inherit; min-height: 44px; padding: 0 .8rem }</style>
        </head><body><h1>{{Text(provider)}}, imitated</h1>{{body}}</body></html>
        """, "text/html; charset=utf-8", Encoding.UTF8, status);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
