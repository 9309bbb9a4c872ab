using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Muse.Api.OpenApi;

/// <summary>
/// What whoever writes a program against this server reads, from this server and in its version: the contract as a page to try things on at
/// <c>/openapi/ui/</c>, the documentation at <c>/docs/</c>, and for machines <c>/llms.txt</c> (llmstxt.org).
/// </summary>
internal static class Reading
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "reading");

    public static void UseReading(this WebApplication app)
    {
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "openapi/ui";
            page.DocumentTitle = "Muse";
            page.SwaggerEndpoint("/openapi/v1.json", "Muse v1");
        });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(s_folder),
            ContentTypeProvider = new FileExtensionContentTypeProvider(new Dictionary<string, string>
            {
                [".md"] = "text/markdown; charset=utf-8",
                [".txt"] = "text/plain; charset=utf-8",
            }),
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
    }
}
