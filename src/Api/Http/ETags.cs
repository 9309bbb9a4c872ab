using System.Globalization;

namespace Muse.Api.Http;

/// <summary>Strong entity tags whose text is the stream's version, RFC 9110 §8.8.3: <c>"3"</c>.</summary>
public static class ETags
{
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Sets the answer's <c>ETag</c>; call it before returning the result.</summary>
    public static void Put(HttpContext http, long version) => http.Response.Headers.ETag = Of(version);
}
