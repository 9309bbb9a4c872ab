using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.Extensions.Primitives;

namespace Muse.Imitations.S3;

/// <summary>
/// One bucket of an S3-compatible store at the HTTP border, addressed by path: signatures (<see cref="SignatureV4"/>), multipart uploads with their
/// rules, checksums, ranges, and the errors of the real ones.
/// </summary>
public sealed class S3Imitation : Imitation
{
    private static readonly XNamespace Ns = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StartedUpload> _uploads = [];
    private int _corrupt;
    private int _truncate;

    private sealed record StoredObject(byte[] Bytes, string ETag);

    private sealed record StartedUpload(string Id, string Key, DateTimeOffset At)
    {
        public SortedDictionary<int, (byte[] Bytes, string ETag, string? Sha256)> Parts { get; } = [];
    }

    public override string Title => "S3";

    public string Bucket => "lessons";

    public string Region => "eu-test-1";

    public string AccessKey { get; } = "AK" + Convert.ToHexString(RandomNumberGenerator.GetBytes(8));

    public string SecretKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(30));

    /// <summary>Smaller parts are refused unless they are the last.</summary>
    public int LeastPart { get; set; } = 5 * 1024 * 1024;

    /// <summary>Of a list of parts at once.</summary>
    public int PartsAtOnce { get; set; } = 1_000;

    /// <summary>Older stores know no checksums beside the signature's.</summary>
    public bool KnowsChecksums { get; set; } = true;

    /// <summary>Called after each part that was taken, outside of any lock.</summary>
    public Action<int>? PartTaken { get; set; }

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Recordings:Shelf:Endpoint"] = Address,
        ["Recordings:Shelf:Bucket"] = Bucket,
        ["Recordings:Shelf:Region"] = Region,
        ["Recordings:Shelf:AccessKey"] = AccessKey,
        ["Recordings:Shelf:SecretKey"] = SecretKey,
    };

    public IReadOnlyDictionary<string, byte[]> Objects
    {
        get
        {
            lock (_gate) return _objects.ToDictionary(each => each.Key, each => each.Value.Bytes);
        }
    }

    /// <summary>Sizes of the parts of all unfinished uploads.</summary>
    public IReadOnlyList<int> UnfinishedParts
    {
        get
        {
            lock (_gate) return [.. _uploads.Values.SelectMany(upload => upload.Parts.Values.Select(part => part.Bytes.Length))];
        }
    }

    public int UnfinishedUploads
    {
        get
        {
            lock (_gate) return _uploads.Count;
        }
    }

    /// <summary>A bit of the next bodies falls over on the way.</summary>
    public void CorruptNext(int times = 1) => Interlocked.Add(ref _corrupt, times);

    /// <summary>The next objects break off in the middle.</summary>
    public void TruncateNext(int times = 1) => Interlocked.Add(ref _truncate, times);

    protected override void Map(WebApplication app) => app.Run(Answer);

    protected override Task Refuse(HttpContext http, Fault fault) => fault switch
    {
        Fault.TooMany or Fault.TooManyWithWait or Fault.BadGateway => Error(http, StatusCodes.Status503ServiceUnavailable, "SlowDown", "Please reduce your request rate."),
        Fault.Unauthorized => Error(http, StatusCodes.Status403Forbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        _ => Error(http, StatusCodes.Status500InternalServerError, "InternalError", "We encountered an internal error. Please try again."),
    };

    private async Task Answer(HttpContext http)
    {
        using var kept = new MemoryStream();
        await http.Request.Body.CopyToAsync(kept, http.RequestAborted);
        var body = kept.ToArray();
        if (body.Length > 0 && http.Request.Method == "PUT" && Interlocked.Decrement(ref _corrupt) >= 0) body[body.Length / 2] ^= 4;
        else if (_corrupt < 0) Interlocked.Exchange(ref _corrupt, 0);
        if (SignatureV4.Complaint(http.Request, body, AccessKey, SecretKey, Region) is { } complaint)
        {
            await Error(http, complaint == "XAmzContentSHA256Mismatch" ? StatusCodes.Status400BadRequest : StatusCodes.Status403Forbidden, complaint, "The request is not as it was signed.");
            return;
        }
        var path = http.Request.Path.Value!.TrimStart('/').Split('/', 2);
        if (path[0] != Bucket)
        {
            await Error(http, StatusCodes.Status404NotFound, "NoSuchBucket", "The specified bucket does not exist.");
            return;
        }
        var (key, query) = (path.ElementAtOrDefault(1) ?? "", http.Request.Query);
        await (http.Request.Method switch
        {
            "GET" when key == "" && query.ContainsKey("uploads") => ListUploads(http, query["prefix"]),
            "GET" when key == "" => Xml(http, new XElement(Ns + "ListBucketResult", new XElement(Ns + "Name", Bucket), new XElement(Ns + "KeyCount", 0), new XElement(Ns + "MaxKeys", 1), new XElement(Ns + "IsTruncated", "false"))),
            "POST" when query.ContainsKey("uploads") => Begin(http, key),
            "PUT" when query.ContainsKey("partNumber") => TakePart(http, key, query, body),
            "GET" when query.ContainsKey("uploadId") => ListParts(http, key, query),
            "POST" when query.ContainsKey("uploadId") => Complete(http, key, query["uploadId"]!, body),
            "DELETE" when query.ContainsKey("uploadId") => Abort(http, key, query["uploadId"]!),
            "HEAD" or "GET" => Read(http, key),
            "DELETE" => Delete(http, key),
            _ => Error(http, StatusCodes.Status501NotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented."),
        });
    }

    private Task ListUploads(HttpContext http, StringValues prefix)
    {
        lock (_gate)
        {
            return Xml(http, new XElement(Ns + "ListMultipartUploadsResult", new XElement(Ns + "Bucket", Bucket), new XElement(Ns + "IsTruncated", "false"),
                _uploads.Values.Where(upload => upload.Key.StartsWith(prefix.ToString(), StringComparison.Ordinal)).OrderBy(upload => upload.Key, StringComparer.Ordinal).Select(upload => new XElement(
                    Ns + "Upload", new XElement(Ns + "Key", upload.Key), new XElement(Ns + "UploadId", upload.Id), new XElement(Ns + "Initiated", Time(upload.At))))));
        }
    }

    private Task Begin(HttpContext http, string key)
    {
        lock (_gate)
        {
            var upload = new StartedUpload(Convert.ToHexString(RandomNumberGenerator.GetBytes(12)), key, Clock.GetUtcNow());
            _uploads.Add(upload.Id, upload);
            return Xml(http, new XElement(Ns + "InitiateMultipartUploadResult", new XElement(Ns + "Bucket", Bucket), new XElement(Ns + "Key", key), new XElement(Ns + "UploadId", upload.Id)));
        }
    }

    private async Task TakePart(HttpContext http, string key, IQueryCollection query, byte[] body)
    {
        var said = KnowsChecksums ? http.Request.Headers["x-amz-checksum-sha256"].FirstOrDefault() : null;
        if (said is not null && said != Convert.ToBase64String(SHA256.HashData(body)))
        {
            await Error(http, StatusCodes.Status400BadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum.");
            return;
        }
        var etag = ETagOf(MD5.HashData(body));
        int number = int.Parse(query["partNumber"]!, CultureInfo.InvariantCulture), taken;
        lock (_gate)
        {
            if (!_uploads.TryGetValue(query["uploadId"]!, out var upload) || upload.Key != key || number is < 1 or > 10_000) taken = 0;
            else
            {
                upload.Parts[number] = (body, etag, said);
                taken = upload.Parts.Count;
            }
        }
        if (taken == 0)
        {
            await NoSuchUpload(http);
            return;
        }
        http.Response.Headers.ETag = etag;
        if (said is not null) http.Response.Headers["x-amz-checksum-sha256"] = said;
        PartTaken?.Invoke(taken);
    }

    private Task ListParts(HttpContext http, string key, IQueryCollection query)
    {
        lock (_gate)
        {
            if (!_uploads.TryGetValue(query["uploadId"]!, out var upload) || upload.Key != key) return NoSuchUpload(http);
            var after = int.TryParse(query["part-number-marker"], NumberStyles.None, CultureInfo.InvariantCulture, out var marker) ? marker : 0;
            var page = upload.Parts.Where(part => part.Key > after).Take(PartsAtOnce).ToList();
            return Xml(http, new XElement(Ns + "ListPartsResult", new XElement(Ns + "Bucket", Bucket), new XElement(Ns + "Key", key), new XElement(Ns + "UploadId", upload.Id),
                new XElement(Ns + "PartNumberMarker", after), new XElement(Ns + "NextPartNumberMarker", page.Count == 0 ? 0 : page[^1].Key),
                new XElement(Ns + "IsTruncated", page.Count > 0 && upload.Parts.Keys.Any(number => number > page[^1].Key) ? "true" : "false"),
                page.Select(part => new XElement(Ns + "Part", new XElement(Ns + "PartNumber", part.Key), new XElement(Ns + "LastModified", Time(upload.At)),
                    new XElement(Ns + "ETag", part.Value.ETag), new XElement(Ns + "Size", part.Value.Bytes.Length),
                    part.Value.Sha256 is { } sha ? new XElement(Ns + "ChecksumSHA256", sha) : null))));
        }
    }

    private Task Complete(HttpContext http, string key, string id, byte[] body)
    {
        lock (_gate)
        {
            if (!_uploads.TryGetValue(id, out var upload) || upload.Key != key) return NoSuchUpload(http);
            var wanted = XDocument.Load(new MemoryStream(body)).Root!.Elements().Where(each => each.Name.LocalName == "Part")
                .Select(part => (Number: int.Parse(Of(part, "PartNumber")!, CultureInfo.InvariantCulture), ETag: Of(part, "ETag"), Sha256: Of(part, "ChecksumSHA256"))).ToList();
            if (!wanted.Select(part => part.Number).SequenceEqual(wanted.Select(part => part.Number).Order().Distinct()))
                return Error(http, StatusCodes.Status400BadRequest, "InvalidPartOrder", "The list of parts was not in ascending order.");
            if (wanted.Count == 0 || wanted.Any(part => !upload.Parts.TryGetValue(part.Number, out var there) || there.ETag.Trim('"') != part.ETag?.Trim('"')
                || (there.Sha256 is not null && there.Sha256 != part.Sha256)))
                return Error(http, StatusCodes.Status400BadRequest, "InvalidPart", "One or more of the specified parts could not be found.");
            if (wanted.SkipLast(1).Any(part => upload.Parts[part.Number].Bytes.Length < LeastPart))
                return Error(http, StatusCodes.Status400BadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.");
            var bytes = wanted.SelectMany(part => upload.Parts[part.Number].Bytes).ToArray();
            var etag = ETagOf(MD5.HashData(bytes)).TrimEnd('"') + $"-{wanted.Count}\"";
            _objects[key] = new(bytes, etag);
            _uploads.Remove(id);
            return Xml(http, new XElement(Ns + "CompleteMultipartUploadResult", new XElement(Ns + "Bucket", Bucket), new XElement(Ns + "Key", key), new XElement(Ns + "ETag", etag)));
        }

        static string? Of(XElement part, string name) => part.Elements().FirstOrDefault(each => each.Name.LocalName == name)?.Value;
    }

    private Task Abort(HttpContext http, string key, string id)
    {
        lock (_gate)
        {
            if (!_uploads.TryGetValue(id, out var upload) || upload.Key != key) return NoSuchUpload(http);
            _uploads.Remove(id);
        }
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task Read(HttpContext http, string key)
    {
        StoredObject? found;
        lock (_gate) _objects.TryGetValue(key, out found);
        if (found is null)
        {
            await Error(http, StatusCodes.Status404NotFound, "NoSuchKey", "The specified key does not exist.");
            return;
        }
        if (http.Request.Headers.IfMatch.FirstOrDefault() is { } etag && etag.Trim('"') != found.ETag.Trim('"'))
        {
            await Error(http, StatusCodes.Status412PreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.");
            return;
        }
        var (from, to) = (0L, found.Bytes.LongLength - 1);
        if (http.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { From: { } first } range)
        {
            if (first >= found.Bytes.Length)
            {
                await Error(http, StatusCodes.Status416RangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable");
                return;
            }
            (from, to) = (first, Math.Min(range.To ?? to, to));
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            http.Response.Headers.ContentRange = $"bytes {from}-{to}/{found.Bytes.Length}";
        }
        http.Response.Headers.ETag = found.ETag;
        http.Response.Headers.LastModified = Clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = to - from + 1;
        if (http.Request.Method == "HEAD") return;
        var bytes = found.Bytes.AsMemory((int)from, (int)(to - from + 1));
        if (Interlocked.Decrement(ref _truncate) >= 0)
        {
            await http.Response.Body.WriteAsync(bytes[..(bytes.Length / 2)]);
            await http.Response.Body.FlushAsync();
            http.Abort();
            return;
        }
        Interlocked.Exchange(ref _truncate, 0);
        await http.Response.Body.WriteAsync(bytes);
    }

    /// <summary>Also of what is not there.</summary>
    private Task Delete(HttpContext http, string key)
    {
        lock (_gate) _objects.Remove(key);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static string ETagOf(byte[] md5) => $"\"{Convert.ToHexStringLower(md5)}\"";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static Task NoSuchUpload(HttpContext http) =>
        Error(http, StatusCodes.Status404NotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");

    private static Task Error(HttpContext http, int status, string code, string message)
    {
        http.Response.StatusCode = status;
        // A HEAD has no body, so its callers see the status alone.
        return http.Request.Method == "HEAD" ? Task.CompletedTask : Xml(http, new XElement("Error", new XElement("Code", code), new XElement("Message", message)));
    }

    private static Task Xml(HttpContext http, XElement answer)
    {
        http.Response.ContentType = "application/xml";
        return http.Response.WriteAsync("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + answer.ToString(SaveOptions.DisableFormatting));
    }
}
