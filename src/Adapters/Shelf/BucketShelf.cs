using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Shelf;

/// <summary>
/// The shelf as a bucket of an S3-compatible store. A draft is an unfinished multipart upload: the store itself knows which parts it has, so an
/// upload goes on after any break, of another process too. Each part goes with its SHA-256, which the store holds against what came. What came of
/// a part that is not whole is sent again.
/// </summary>
public sealed class BucketShelf : IRecordingShelf, IDisposable
{
    /// <summary>Times that a part is sent which did not arrive as it was; of a store that is busy the client takes care.</summary>
    private const int MostTries = 3;

    /// <summary>Files of which a hash is kept half done, a hundred bytes each.</summary>
    private const int MostHashes = 256;

    private static readonly string[] s_corrupted = ["BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest", "XAmzContentChecksumMismatch", "IncompleteBody"];

    private readonly ConcurrentDictionary<Guid, Hashed> _hashes = new();
    private readonly ConcurrentDictionary<Guid, byte> _busy = new();
    private readonly BucketOptions _options;
    private readonly AmazonS3Client _store;

    private sealed record Hashed(IncrementalHash Hash)
    {
        public long Length { get; set; }
    }

    public BucketShelf(BucketOptions options)
    {
        _options = options;
        _store = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), new AmazonS3Config
        {
            ServiceURL = options.Endpoint,
            AuthenticationRegion = options.Region,
            // Names of hosts for each bucket need DNS that nobody has at home.
            ForcePathStyle = true,
            // Ours are said with each part; the client's own come as trailers, which not every store reads.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 4,
            Timeout = TimeSpan.FromSeconds(60),
        });
    }

    public void Dispose() => _store.Dispose();

    /// <summary>Of a draft its whole parts: a last one that is shorter counts once it is finished.</summary>
    public async Task<long> LengthOf(Guid recordingId, CancellationToken ct)
    {
        if (await Head(recordingId, ct) is { } file) return file.ContentLength;
        return await Upload(recordingId, ct) is { } upload ? (await WholeParts(recordingId, upload, ct)).Length : 0;
    }

    public async Task<long> Append(Guid recordingId, long offset, Stream bytes, long most, CancellationToken ct)
    {
        if (!_busy.TryAdd(recordingId, 0)) throw new ShelfTrouble(ShelfTrouble.Busy, "This recording is being written.");
        var buffer = ArrayPool<byte>.Shared.Rent(_options.PartBytes);
        try
        {
            var upload = await Upload(recordingId, ct) ?? await Begin(recordingId, ct);
            var (parts, length) = await WholeParts(recordingId, upload, ct);
            if (length != offset) throw new ShelfTrouble(ShelfTrouble.WrongOffset, $"The draft has {length} bytes, not {offset}.");
            for (var number = parts.Count + 1; ; number++)
            {
                var read = await bytes.ReadAtLeastAsync(buffer.AsMemory(0, _options.PartBytes), _options.PartBytes, throwOnEndOfStream: false, ct);
                if (read == 0) return length;
                if (length + read > most) throw new ShelfTrouble(ShelfTrouble.TooLong, $"More than {most} bytes come.");
                await Send(recordingId, upload, number, buffer.AsMemory(0, read), ct);
                Hash(recordingId, length, buffer.AsSpan(0, read));
                length += read;
                if (read < _options.PartBytes) return length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _busy.TryRemove(recordingId, out _);
        }
    }

    public Task StartAnew(Guid recordingId, CancellationToken ct) => AbortUploads(recordingId, ct);

    /// <summary>The hash of what was sent by this process needs no reading; else the file is read once, and a reading that was cut short goes on.</summary>
    public async Task<ShelvedFile> Finish(Guid recordingId, long? size, CancellationToken ct)
    {
        if (await Head(recordingId, ct) is not { } file)
        {
            if (_busy.ContainsKey(recordingId)) throw new ShelfTrouble(ShelfTrouble.Busy, "This recording is being written.");
            var upload = await Upload(recordingId, ct) ?? throw new ShelfTrouble(ShelfTrouble.WrongSize, "There is nothing of this file.");
            var parts = await Parts(recordingId, upload, ct);
            var length = parts.Sum(part => part.Size ?? 0);
            if (length != (size ?? length)) throw new ShelfTrouble(ShelfTrouble.WrongSize, $"The draft has {length} bytes, the file {size}.");
            await Asked(() => _store.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = _options.Bucket,
                Key = KeyOf(recordingId),
                UploadId = upload,
                PartETags = [.. parts.Select(part => new PartETag(part.PartNumber ?? 0, part.ETag) { ChecksumSHA256 = part.ChecksumSHA256 })],
            }, ct), isGone: code => code == "NoSuchUpload");
            file = await Head(recordingId, ct) ?? throw new ShelfTrouble(ShelfTrouble.Broken, "The store has taken the file and does not have it.");
        }
        if (file.ContentLength != (size ?? file.ContentLength))
            throw new ShelfTrouble(ShelfTrouble.WrongSize, $"The file on the shelf has {file.ContentLength} bytes, not {size}.");
        return new ShelvedFile(file.ContentLength, await HashOf(recordingId, file, ct));
    }

    public async Task<Stream?> Open(Guid recordingId, CancellationToken ct) =>
        await Head(recordingId, ct) is { } file ? new BucketFile(file.ContentLength, (from, to, token) => Read(recordingId, file.ETag, from, to, token)) : null;

    /// <summary>Unfinished uploads, too: they cost as much and are as readable to who owns the store.</summary>
    public async Task Delete(Guid recordingId, CancellationToken ct)
    {
        _hashes.TryRemove(recordingId, out _);
        await AbortUploads(recordingId, ct);
        await Asked(() => _store.DeleteObjectAsync(_options.Bucket, KeyOf(recordingId), ct), isGone: code => code == "NoSuchKey");
    }

    /// <summary>Whether the bucket is there and opens.</summary>
    /// <exception cref="ShelfTrouble"/>
    public Task Check(CancellationToken ct) =>
        Asked(() => _store.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _options.Prefix, MaxKeys = 1 }, ct));

    private async Task Send(Guid id, string upload, int number, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(bytes.Span));
        for (var tries = 1; ; tries++)
        {
            using var body = new MemoryStream(bytes.ToArray(), writable: false);
            var sent = await Asked(() => _store.UploadPartAsync(new UploadPartRequest
            {
                BucketName = _options.Bucket,
                Key = KeyOf(id),
                UploadId = upload,
                PartNumber = number,
                InputStream = body,
                PartSize = bytes.Length,
                ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
                ChecksumSHA256 = hash,
                UseChunkEncoding = false,
            }, ct), isGone: code => tries < MostTries && s_corrupted.Contains(code));
            if (sent is not null && (sent.ChecksumSHA256 is null or { Length: 0 } || sent.ChecksumSHA256 == hash)) return;
            if (tries == MostTries) throw new ShelfTrouble(ShelfTrouble.Broken, "The store has got other bytes than were sent, again and again.");
        }
    }

    private async Task<string> Begin(Guid id, CancellationToken ct) => (await Asked(() => _store.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest
    {
        BucketName = _options.Bucket,
        Key = KeyOf(id),
        ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
    }, ct)))!.UploadId;

    /// <summary>The oldest: two processes that began one at the same time go on with the same.</summary>
    private async Task<string?> Upload(Guid id, CancellationToken ct) => (await Uploads(id, ct)).FirstOrDefault();

    private async Task<IReadOnlyList<string>> Uploads(Guid id, CancellationToken ct)
    {
        var listed = await Asked(() => _store.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _options.Bucket, Prefix = KeyOf(id) }, ct));
        return [.. (listed?.MultipartUploads ?? []).Where(each => each.Key == KeyOf(id)).OrderBy(each => each.Initiated).ThenBy(each => each.UploadId, StringComparer.Ordinal).Select(each => each.UploadId)];
    }

    private async Task AbortUploads(Guid id, CancellationToken ct)
    {
        foreach (var upload in await Uploads(id, ct))
            await Asked(() => _store.AbortMultipartUploadAsync(_options.Bucket, KeyOf(id), upload, ct), isGone: code => code == "NoSuchUpload");
    }

    private async Task<(IReadOnlyList<PartDetail> Parts, long Length)> WholeParts(Guid id, string upload, CancellationToken ct)
    {
        PartDetail[] whole = [.. (await Parts(id, upload, ct)).TakeWhile(part => part.Size == _options.PartBytes)];
        return (whole, (long)whole.Length * _options.PartBytes);
    }

    /// <summary>From the first on, without a hole: whole ones, and then one that may be shorter.</summary>
    private async Task<IReadOnlyList<PartDetail>> Parts(Guid id, string upload, CancellationToken ct)
    {
        var parts = new List<PartDetail>();
        string? marker = null;
        do
        {
            var listed = await Asked(() => _store.ListPartsAsync(
                new ListPartsRequest { BucketName = _options.Bucket, Key = KeyOf(id), UploadId = upload, PartNumberMarker = marker }, ct), isGone: code => code == "NoSuchUpload");
            parts.AddRange(listed?.Parts ?? []);
            marker = listed is { IsTruncated: true } ? listed.NextPartNumberMarker?.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        }
        while (marker is not null);
        var inOrder = parts.OrderBy(part => part.PartNumber).TakeWhile((part, i) => part.PartNumber == i + 1).ToList();
        var shorter = inOrder.FindIndex(part => part.Size != _options.PartBytes);
        return shorter < 0 ? inOrder : inOrder[..(shorter + 1)];
    }

    private Task<GetObjectMetadataResponse?> Head(Guid id, CancellationToken ct) => Asked(
        () => _store.GetObjectMetadataAsync(_options.Bucket, KeyOf(id), ct), isGone: code => code is "NotFound" or "NoSuchKey");

    /// <exception cref="IOException">It is another file by now, or gone.</exception>
    private async Task<byte[]> Read(Guid id, string etag, long from, long to, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                using var answer = await Asked(() => _store.GetObjectAsync(new GetObjectRequest
                {
                    BucketName = _options.Bucket,
                    Key = KeyOf(id),
                    ByteRange = new ByteRange(from, to),
                    EtagToMatch = etag,
                }, ct), isGone: code => code is "NoSuchKey" or "PreconditionFailed") ?? throw new FileNotFoundException("The recording is no longer on the shelf.");
                var bytes = new byte[to - from + 1];
                await answer.ResponseStream.ReadExactlyAsync(bytes, ct);
                return bytes;
            }
            catch (Exception broken) when (broken is IOException and not FileNotFoundException or HttpRequestException && tries < MostTries)
            {
                // The body ended too early: the client retries heads only.
            }
        }
    }

    private void Hash(Guid id, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset == 0 || !_hashes.TryGetValue(id, out var hashed) || hashed.Length != offset)
        {
            _hashes.TryRemove(id, out _);
            if (offset > 0) return;
            if (_hashes.Count >= MostHashes) _hashes.TryRemove(_hashes.Keys.First(), out _);
            _hashes[id] = hashed = new Hashed(IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        }
        hashed.Hash.AppendData(bytes);
        hashed.Length += bytes.Length;
    }

    private async Task<string> HashOf(Guid id, GetObjectMetadataResponse file, CancellationToken ct)
    {
        const int Window = 4 * 1024 * 1024;
        var at = _hashes.TryGetValue(id, out var known) && known.Length <= file.ContentLength ? known.Length : 0;
        if (file.ContentLength == 0) return Convert.ToHexStringLower(SHA256.HashData([]));
        while (at < file.ContentLength)
        {
            var bytes = await Read(id, file.ETag, at, Math.Min(at + Window, file.ContentLength) - 1, ct);
            Hash(id, at, bytes);
            at += bytes.Length;
        }
        return _hashes.TryRemove(id, out var whole) ? Convert.ToHexStringLower(whole.Hash.GetHashAndReset())
            : throw new ShelfTrouble(ShelfTrouble.Busy, "Too many files are being looked through at once.");
    }

    /// <param name="isGone">Errors that are an answer: null.</param>
    private static async Task<T?> Asked<T>(Func<Task<T>> ask, Func<string, bool>? isGone = null) where T : class
    {
        try
        {
            return await ask();
        }
        catch (AmazonS3Exception refused) when (isGone?.Invoke(refused.ErrorCode ?? "") is true || (isGone is not null && refused.StatusCode == HttpStatusCode.NotFound && refused.ErrorCode != "NoSuchBucket"))
        {
            return null;
        }
        catch (AmazonS3Exception refused) when (refused.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized || refused.ErrorCode == "NoSuchBucket")
        {
            throw new ShelfTrouble(ShelfTrouble.Refused, $"The store refuses: {refused.ErrorCode ?? refused.StatusCode.ToString()}.", refused);
        }
        catch (AmazonServiceException refused)
        {
            throw new ShelfTrouble(ShelfTrouble.Broken, $"The store answers {(int)refused.StatusCode} {refused.ErrorCode}.", refused);
        }
        catch (Exception broken) when (broken is AmazonClientException or HttpRequestException or IOException and not FileNotFoundException or TimeoutException)
        {
            throw new ShelfTrouble(ShelfTrouble.Unreachable, $"The store cannot be reached ({broken.GetType().Name}).", broken);
        }
    }

    /// <summary><c>aa/ID.media</c> as in the folder.</summary>
    private string KeyOf(Guid id)
    {
        var name = id.ToString("n");
        return $"{_options.Prefix}{name[^2..]}/{name}.media";
    }
}
