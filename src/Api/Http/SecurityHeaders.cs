namespace Muse.Api.Http;

/// <summary>
/// Headers that keep a page of ours from being framed, sniffed, or running what is not ours. Media come as blobs (recordings, meters) and
/// signalling by WebSocket to ourselves; styles of the headless components are inline, scripts never are.
/// </summary>
internal static class SecurityHeaders
{
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
        + "font-src 'self'; connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'";

    /// <param name="strictTransport">For a certificate that every browser trusts. A made one must not bind the machine's name to HTTPS for a year: the page to
    /// install it from, and Muse without --lan, are plain HTTP under the same name.</param>
    public static void Put(HttpContext http, bool strictTransport)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), geolocation=(), payment=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        if (strictTransport && http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }
}
