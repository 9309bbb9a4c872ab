namespace Muse.Api.Http;

/// <summary>The browser client out of <c>wwwroot</c>: hashed assets are kept for ever, every other path of ours is the one page.</summary>
internal static class WebClient
{
    public static void UseWebClient(this WebApplication app) => app.UseStaticFiles(new StaticFileOptions
    {
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
            file.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
    });

    // API paths that do not exist stay 404 problems.
    public static void MapWebClient(this WebApplication app)
    {
        if (app.Environment.WebRootFileProvider.GetFileInfo("index.html").Exists)
            app.MapFallbackToFile("{*path:regex(^(?!v1/|openapi/|\\.well-known/).*$):nonfile}", "index.html", new StaticFileOptions
            {
                OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
            }).AllowAnonymous();
    }
}
