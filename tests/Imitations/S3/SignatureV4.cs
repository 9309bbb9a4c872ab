using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Muse.Imitations.S3;

/// <summary>AWS Signature Version 4 in the Authorization header, as the stores check it ("Authenticating Requests: Using the Authorization Header").</summary>
internal static class SignatureV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private static readonly TimeSpan MostApart = TimeSpan.FromMinutes(15);

    /// <returns>S3's error code; null when the request is as it was signed, its body included.</returns>
    public static string? Complaint(HttpRequest request, byte[] body, string accessKey, string secretKey, string region)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal)) return "AccessDenied";
        var fields = header[Algorithm.Length..].Split(',').Select(field => field.Trim().Split('=', 2)).ToDictionary(field => field[0], field => field[1]);
        if (fields["Credential"].Split('/') is not [var key, var day, var place, "s3", "aws4_request"] || key != accessKey) return "InvalidAccessKeyId";
        if (place != region) return "AuthorizationHeaderMalformed";
        var time = request.Headers["x-amz-date"].ToString();
        if (!DateTimeOffset.TryParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || !time.StartsWith(day, StringComparison.Ordinal)
            || (TimeProvider.System.GetUtcNow() - at).Duration() > MostApart)
            return "RequestTimeTooSkewed";
        var names = fields["SignedHeaders"].Split(';');
        // What belongs to the request's meaning has to be signed.
        if (request.Headers.Keys.Select(name => name.ToLowerInvariant()).Any(name => (name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal)) && !names.Contains(name))) return "AccessDenied";
        var payload = request.Headers["x-amz-content-sha256"].ToString();
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var query = (target.ElementAtOrDefault(1) ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).Select(pair => (Name: Encoded(pair[0]), Value: Encoded(pair.ElementAtOrDefault(1) ?? "")))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}");
        var canonical = string.Join('\n', [
            request.Method, string.Join('/', target[0].Split('/').Select(Encoded)), string.Join('&', query),
            .. names.Select(name => $"{name}:{string.Join(',', request.Headers[name].Select(value => value?.Trim()))}"), "", string.Join(';', names), payload]);
        var scope = $"{day}/{place}/s3/aws4_request";
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signing = new[] { day, place, "s3", "aws4_request" }.Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secretKey), (secret, word) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(word)));
        if (Convert.ToHexStringLower(HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(toSign))) != fields["Signature"]) return "SignatureDoesNotMatch";
        return payload == Convert.ToHexStringLower(SHA256.HashData(body)) ? null : "XAmzContentSHA256Mismatch";
    }

    private static string Encoded(string part) => Uri.EscapeDataString(Uri.UnescapeDataString(part));
}
