using Microsoft.AspNetCore.StaticFiles;

namespace Muse.Api.Operations;

/// <summary>The browser client: the files that Vite built into wwwroot, and its start page for every path that the client routes itself.</summary>
public static class WebClient
{
    private static readonly string[] OfTheServer = ["/v1", "/openapi", "/.well-known"];

    // Nothing from elsewhere, no frame around us. Inline styles: the headless components place their popovers by style attributes.
    private const string ContentSecurityPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void MapWebClient(this WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = Prepare });
        app.MapFallback("{**path}", async (HttpContext http, IWebHostEnvironment environment) =>
        {
            var page = environment.WebRootFileProvider.GetFileInfo("index.html");
            var looksForAPage = !OfTheServer.Any(p => http.Request.Path.StartsWithSegments(p, StringComparison.Ordinal))
                && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
                && !Path.HasExtension(http.Request.Path);
            if (!looksForAPage || !page.Exists)
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            Guard(http.Response);
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.SendFileAsync(page, http.RequestAborted);
        }).ExcludeFromDescription();
    }

    private static void Prepare(StaticFileResponseContext file)
    {
        Guard(file.Context.Response);
        // Vite puts a hash of the content into the names below assets/.
        if (file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal))
            file.Context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
    }

    private static void Guard(HttpResponse response)
    {
        response.Headers.CacheControl = "no-cache";
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "same-origin";
        response.Headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)";
    }
}
