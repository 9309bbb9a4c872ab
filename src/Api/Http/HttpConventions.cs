using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Net.Http.Headers;
using Muse.Api.ApiKeys;
using Muse.Api.OpenApi;
using Muse.Api.Operations;

namespace Muse.Api.Http;

/// <summary>What holds for every call: strict JSON, problems, sizes, limits, headers, who may call from where.</summary>
public static class HttpConventions
{
    /// <summary>Bytes of a request's body; a route may change it with <c>IRequestSizeLimitMetadata</c>.</summary>
    public const int MaxBodyBytes = 128 * 1024;

    /// <summary>
    /// Settings: <c>Cors:Origins</c> (origins of other sites that may call with a bearer token; credentials are never allowed),
    /// <c>Limits</c> (<see cref="Limits"/>), <c>Proxies</c> (addresses whose X-Forwarded-For and X-Forwarded-Proto are believed).
    /// </summary>
    public static WebApplicationBuilder AddHttpConventions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.ConfigureHttpJsonOptions(json => StrictJson.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Extensions.TryAdd("code", CodeOf(context.HttpContext.Response.StatusCode));
            context.ProblemDetails.Extensions.Remove("traceId");
        });
        services.AddExceptionHandler<Failures>();
        services.AddSingleton<Limits>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddHostedService<IdempotencySweep>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [])
            .AllowAnyMethod()
            .WithHeaders("Authorization", "Content-Type", "If-Match", "If-None-Match", IdempotencyKeys.Header)
            .WithExposedHeaders("ETag", "Link", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed")));
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var proxy in builder.Configuration.GetSection("Proxies").Get<string[]>() ?? [])
                forwarded.KnownProxies.Add(System.Net.IPAddress.Parse(proxy));
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        return builder;
    }

    /// <summary>Everything before the endpoints, in order.</summary>
    public static WebApplication UseHttpConventions(this WebApplication app)
    {
        if ((app.Configuration.GetSection("Proxies").Get<string[]>() ?? []).Length > 0)
            app.UseForwardedHeaders();
        var strictTransport = app.Configuration["MUSE_LAN"] != "1" || app.Configuration["MUSE_TLS_CERT"] is { Length: > 0 };
        app.Use((http, next) =>
        {
            http.Response.OnStarting(() =>
            {
                SecurityHeaders.Put(http, strictTransport);
                return Task.CompletedTask;
            });
            return next(http);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseCors();
        // Made here: what cannot be is said at the start, not to the first who asks for something.
        var limits = app.Services.GetRequiredService<Limits>();
        app.Use((http, next) => limits.Count(http, next));
        app.UseReading();
        app.UseWebClient();
        app.UseAuthentication();
        app.Use(limits.CountKey);
        app.Use(RoutesForKeys.Check);
        app.UseAuthorization();
        app.Use(CountBody);
        app.Use(ReadUtf8);
        app.Use((http, next) => http.RequestServices.GetRequiredService<IdempotencyKeys>().Handle(http, next));
        return app;
    }

    // Kestrel enforces the limit while reading; a length that is announced can be refused before, and on every server.
    private static Task CountBody(HttpContext http, RequestDelegate next)
    {
        var limit = http.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? MaxBodyBytes;
        return http.Request.ContentLength > limit
            ? Problems.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is larger than this call takes.").ExecuteAsync(http)
            : next(http);
    }

    // JSON is UTF-8 (RFC 8259 §8.1), however a client spells that; the framework breaks on a charset in quotes and on one it does not know.
    private static Task ReadUtf8(HttpContext http, RequestDelegate next)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.Charset.HasValue)
            return next(http);
        if (HeaderUtilities.RemoveQuotes(type.Charset).Value?.ToLowerInvariant() is not ("" or "utf-8" or "utf8"))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send UTF-8.").ExecuteAsync(http);
        http.Request.ContentType = type.MediaType.Value;
        return next(http);
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "malformed_request",
        StatusCodes.Status401Unauthorized => "not_signed_in",
        StatusCodes.Status403Forbidden => "not_allowed",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status406NotAcceptable => "not_acceptable",
        StatusCodes.Status413PayloadTooLarge => "body_too_large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported_media_type",
        StatusCodes.Status429TooManyRequests => "too_many_requests",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        _ => status >= 500 ? "server_error" : "refused",
    };
}
