using static Muse.Imitations.Trying.ImitatedPage;

namespace Muse.Imitations.Trying;

/// <summary>Whom a provider's link lets in.</summary>
/// <param name="Name">That the link brings along, or that the account has; null: the person says it.</param>
/// <param name="Role">As the provider calls it, such as "host".</param>
internal sealed record Entrant(string? Name, string Role);

/// <summary>What a browser finds behind a provider's link: a page that says who comes in and as what, lets in, and lets go again.</summary>
internal static class DoorPage
{
    /// <param name="pattern">A route with <c>{key}</c> in it.</param>
    /// <param name="title">What the meeting behind a key is called; null when there is none.</param>
    /// <param name="who">Who comes in by this link, by the key and the name given (at first the link's own).</param>
    public static void Map(
        WebApplication app, string pattern, string provider, Func<string, string?> title, Func<HttpRequest, string, string?, Entrant> who,
        Func<string, string, Task> join, Func<string, string, Task> leave)
    {
        app.MapGet(pattern, (HttpContext http, string key) =>
        {
            if (title(key) is not { } name) return Of(StatusCodes.Status404NotFound, provider, "<h1>There is no such meeting</h1>");
            var entrant = who(http.Request, key, null);
            return Of(StatusCodes.Status200OK, provider, $"<h1>{Text(name)}</h1>{As("You come in as", entrant)}{Form("Come in", Named(entrant.Name))}");
        });
        app.MapPost(pattern, async (HttpContext http, string key) =>
        {
            if (title(key) is not { } name) return Of(StatusCodes.Status404NotFound, provider, "<h1>There is no such meeting</h1>");
            var form = await http.Request.ReadFormAsync();
            var guest = form["guest"].ToString() is { Length: > 0 and <= 100 } given ? given : "Guest";
            var entrant = who(http.Request, key, guest);
            if (form.ContainsKey("leaves"))
            {
                await leave(key, guest);
                return Of(StatusCodes.Status200OK, provider, $"<h1>You have left {Text(name)}</h1>{As("You were", entrant)}{Form("Come in again", Named(guest))}");
            }
            await join(key, guest);
            return Of(StatusCodes.Status200OK, provider,
                $"<h1>You are in {Text(name)}</h1>{As("You are", entrant)}<p>The real {Text(provider)} would show the lesson here.</p>{Form("Leave", $"<input type=\"hidden\" name=\"leaves\" value=\"1\"><input type=\"hidden\" name=\"guest\" value=\"{Text(guest)}\">")}");
        });
    }

    private static string As(string verb, Entrant entrant) =>
        $"<p>{verb} <strong id=\"name\">{Text(entrant.Name ?? "whoever you say")}</strong>, <span id=\"role\">{Text(entrant.Role)}</span>.</p>";

    private static string Named(string? proposed) => $"<label>Your name <input name=\"guest\" value=\"{Text(proposed ?? "")}\" maxlength=\"100\"></label> ";

    private static string Form(string button, string fields) => $"<form method=\"post\">{fields}<button>{button}</button></form>";
}
