using System.Net;

namespace Muse.Imitations.Trying;

/// <summary>
/// The page on which a person sees what every imitated provider holds, and lets happen there what people and providers do: start a meeting,
/// come and go, end it, have a recording ready, delete it behind Muse's back, take a consent back, take the provider down or let its next requests fail.
/// </summary>
public sealed class TryingPage(IReadOnlyList<Imitation> providers, string muse) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Cancelled by SIGINT and SIGTERM.</summary>
    public CancellationToken Stopping => _app!.Lifetime.ApplicationStopping;

    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(int port = 0)
    {
        foreach (var provider in providers) provider.Story ??= new Story();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.MapGet("/", (HttpContext http) => Html(http, TryingHtml.Page(providers, muse)));
        _app.MapGet("/held", (HttpContext http) => Html(http, TryingHtml.Held(providers, muse)));
        var forms = _app.MapGroup("").AddEndpointFilter(OnlyOurForms);
        forms.MapPost("/happen", (Delegate)Happen);
        forms.MapPost("/down", (Delegate)TakeDown);
        forms.MapPost("/fault", (Delegate)PutOn);
        forms.MapPost("/fault/off", (Delegate)TakeOff);
        forms.MapPost("/consent", (Delegate)TakeBack);
        await _app.StartAsync();
        Address = _app.Urls.First();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<IResult> Happen(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (Find(form["provider"]) is not { } provider || !Enum.TryParse<Happening>(form["what"], out var what) || !provider.Happenings.Contains(what))
            return Results.BadRequest();
        var reference = form["reference"].ToString();
        if (provider.Held.All(meeting => meeting.Reference != reference)) return Results.Redirect("/");
        var guest = form["guest"].ToString();
        try
        {
            await provider.MakeHappen(reference, what, guest.Length == 0 ? "Guest" : guest);
            provider.Story?.Look(provider.Held, provider.Clock.GetUtcNow());
        }
        catch (InvalidOperationException not)
        {
            return Results.Text(not.Message, statusCode: StatusCodes.Status409Conflict);
        }
        return Results.Redirect("/");
    }

    private async Task<IResult> TakeDown(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (Find(form["provider"]) is not { } provider) return Results.BadRequest();
        provider.Down = !provider.Down;
        return Results.Redirect("/");
    }

    private async Task<IResult> PutOn(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (Find(form["provider"]) is not { } provider || FaultForm.Read(form) is not var (fault, times)) return Results.BadRequest();
        provider.Faults.Next(fault, times: times);
        return Results.Redirect("/");
    }

    private async Task<IResult> TakeOff(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (Find(form["provider"]) is not { } provider || FaultForm.Which(form) is not { } fault) return Results.BadRequest();
        provider.Faults.TakeOff(fault);
        return Results.Redirect("/");
    }

    private async Task<IResult> TakeBack(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (Find(form["provider"]) is not { } provider) return Results.BadRequest();
        var account = form["reference"].ToString();
        // A page that was open for a while may name one that is gone.
        if (provider.AllowedAccounts.Contains(account)) provider.TakeBack(account);
        return Results.Redirect("/");
    }

    private Imitation? Find(string? title) => providers.FirstOrDefault(provider => provider.Title == title);

    // Any page that the same browser shows could post here; only this one may.
    private static async ValueTask<object?> OnlyOurForms(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (request.Headers.Origin is [{ } origin] && origin != $"{request.Scheme}://{request.Host}")
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        if (!request.HasFormContentType)
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        try
        {
            await request.ReadFormAsync();
        }
        catch (InvalidDataException unreadable)
        {
            return Results.Text(unreadable.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        return await next(context);
    }

    private static IResult Html(HttpContext http, string text)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'";
        return Results.Text(text, "text/html; charset=utf-8");
    }
}
