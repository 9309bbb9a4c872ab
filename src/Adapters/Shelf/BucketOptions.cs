using System.Net;
using Microsoft.Extensions.Options;

namespace Muse.Adapters.Shelf;

/// <summary>Where an S3-compatible bucket is, and who may write to it.</summary>
public sealed class BucketOptions
{
    /// <summary>The store's address without the bucket, such as <c>https://s3.eu-central-1.amazonaws.com</c>; null where recordings stay in the folder.</summary>
    public string? Endpoint { get; set; }

    public string Bucket { get; set; } = "";

    /// <summary>As the store calls it; most of those at home take any.</summary>
    public string Region { get; set; } = "us-east-1";

    public string AccessKey { get; set; } = "";

    public string SecretKey { get; set; } = "";

    /// <summary>In front of every name in the bucket, such as <c>muse/</c>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Bytes of a part: what a broken upload costs at most. No store takes less than 5 MiB.</summary>
    internal int PartBytes { get; set; } = 8 * 1024 * 1024;

    public bool IsConfigured => Endpoint is { Length: > 0 };

    /// <exception cref="OptionsValidationException">It makes no sense, or would send recordings in the clear over a network that is not one's own.</exception>
    public BucketOptions Checked(string section)
    {
        string? wrong = !IsConfigured ? null
            : !Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) || address.UserInfo.Length > 0 || address.PathAndQuery != "/" || address.Fragment.Length > 0 ? "Endpoint is an address such as https://s3.example.org, without a path."
            : address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && IsOwnNetwork(address)) ? "Endpoint has to begin with https://, but for a machine of the own network."
            : Bucket.Length is < 3 or > 63 || !Bucket.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '.') ? "Bucket is a name of 3 to 63 small letters, digits, hyphens and dots."
            : Prefix.Length > 200 || Prefix.StartsWith('/') || !Prefix.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/') ? "Prefix is of letters, digits, '-', '_', '.', and '/', but does not begin with one."
            : AccessKey.Length == 0 || SecretKey.Length == 0 ? "AccessKey and SecretKey are missing."
            : Region.Length == 0 ? "Region is missing."
            : null;
        return wrong is null ? this : throw new OptionsValidationException(section, typeof(BucketOptions), [$"{section}: {wrong}"]);
    }

    private static bool IsOwnNetwork(Uri address) => address.IsLoopback || !address.Host.Contains('.', StringComparison.Ordinal)
        || (IPAddress.TryParse(address.Host, out var ip) && ip.GetAddressBytes() is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..]);
}
