using Microsoft.AspNetCore.StaticFiles;

namespace Muse.Api.Operations;

/// <summary>The browser client: the files that Vite built into wwwroot, and its start page for every path that the client routes itself.</summary>
public static class WebClient
{
    private static readonly string[] OfTheServer = ["/v1", "/openapi", "/.well-known"];

    /// <summary>After routing and before authorization: what no endpoint answers is a file, the page, or a 404.</summary>
    // Not an endpoint: a catch-all route would turn every wrong method (405) into a 404.
    public static void UseWebClient(this WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = Prepare });
        app.Use(async (http, next) =>
        {
            switch (http.GetEndpoint())
            {
                case RouteEndpoint:
                    await next(http);
                    return;
                // Routing's own 405 and 415: nobody needs to sign in to learn that the call is wrong.
                case { RequestDelegate: { } answer }:
                    await answer(http);
                    return;
            }
            var page = app.Environment.WebRootFileProvider.GetFileInfo("index.html");
            var looksForAPage = !OfTheServer.Any(p => http.Request.Path.StartsWithSegments(p, StringComparison.Ordinal))
                && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
                && !Path.HasExtension(http.Request.Path);
            if (!looksForAPage || !page.Exists)
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            http.Response.Headers.CacheControl = "no-cache";
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.SendFileAsync(page, http.RequestAborted);
        });
    }

    private static void Prepare(StaticFileResponseContext file) =>
        // Vite puts a hash of the content into the names below assets/.
        file.Context.Response.Headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal)
            ? "public, max-age=31536000, immutable"
            : "no-cache";
}
