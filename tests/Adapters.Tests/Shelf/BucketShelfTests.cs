using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Muse.Adapters.Shelf;
using Muse.Domain.Recordings;
using Muse.Imitations;
using Muse.Imitations.S3;

namespace Muse.Adapters.Tests.Shelf;

public sealed class BucketShelfTests : IAsyncLifetime
{
    private const long Any = long.MaxValue;
    private const int Part = 64 * 1024;

    private readonly S3Imitation _store = new() { LeastPart = Part };
    private readonly Guid _id = Guid.CreateVersion7();
    private BucketShelf _shelf = null!;

    public async ValueTask InitializeAsync()
    {
        await _store.StartAsync();
        _shelf = Shelf();
    }

    public async ValueTask DisposeAsync()
    {
        _shelf.Dispose();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Part)]
    [InlineData((3 * Part) + 17)]
    [InlineData(10 * Part)]
    public async Task A_file_that_was_sent_is_the_file_that_lies_in_the_bucket(int size)
    {
        _store.PartsAtOnce = 2;
        var bytes = Bytes(size);
        Assert.Equal(0, await _shelf.LengthOf(_id, Ct));
        Assert.Equal(size, await _shelf.Append(_id, 0, new MemoryStream(bytes), Any, Ct));
        Assert.Null(await _shelf.Open(_id, Ct));

        var file = await _shelf.Finish(_id, size, Ct);

        Assert.Equal(new ShelvedFile(size, Convert.ToHexStringLower(SHA256.HashData(bytes))), file);
        Assert.Equal(bytes, Assert.Single(_store.Objects).Value);
        Assert.Equal((size, 0), (await _shelf.LengthOf(_id, Ct), _store.UnfinishedUploads));
        Assert.Equal(file, await _shelf.Finish(_id, size, Ct));
    }

    [Fact]
    public async Task An_upload_that_broke_goes_on_with_the_parts_that_the_bucket_has_also_in_another_process()
    {
        var bytes = Bytes((4 * Part) + 5);
        await Assert.ThrowsAsync<IOException>(() => _shelf.Append(_id, 0, new Breaking(bytes, at: (2 * Part) + 1_000), Any, Ct));
        using var another = Shelf();
        Assert.Equal(2 * Part, await another.LengthOf(_id, Ct));
        var before = Sent();
        await another.Append(_id, 2 * Part, new MemoryStream(bytes, 2 * Part, bytes.Length - (2 * Part)), Any, Ct);
        Assert.Equal(3, Sent() - before);
        // It has not seen the beginning, so it reads what lies there.
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await another.Finish(_id, bytes.Length, Ct)).Sha256);
        Assert.Equal(bytes, Assert.Single(_store.Objects).Value);
    }

    [Fact]
    public async Task What_ended_too_early_goes_on_from_its_last_whole_part()
    {
        var bytes = Bytes(3 * Part);
        Assert.Equal(Part + 100, await _shelf.Append(_id, 0, new MemoryStream(bytes, 0, Part + 100), Any, Ct));
        Assert.Equal(ShelfTrouble.WrongSize, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Finish(_id, bytes.Length, Ct))).Code);
        Assert.Empty(_store.Objects);
        Assert.Equal(Part, await _shelf.LengthOf(_id, Ct));
        await _shelf.Append(_id, Part, new MemoryStream(bytes, Part, 2 * Part), Any, Ct);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await _shelf.Finish(_id, bytes.Length, Ct)).Sha256);
    }

    [Fact]
    public async Task A_part_that_arrived_as_another_is_refused_and_sent_again()
    {
        var bytes = Bytes(2 * Part);
        _store.CorruptNext();
        await _shelf.Append(_id, 0, new MemoryStream(bytes), Any, Ct);
        Assert.Equal(3, Sent());
        await _shelf.Finish(_id, bytes.Length, Ct);
        Assert.Equal(bytes, Assert.Single(_store.Objects).Value);
    }

    [Fact]
    public async Task A_line_that_changes_everything_is_no_shelf()
    {
        _store.CorruptNext(100);
        var trouble = await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct));
        Assert.Equal(ShelfTrouble.Broken, trouble.Code);
        Assert.Empty(_store.UnfinishedParts);
    }

    [Fact]
    public async Task A_store_that_is_busy_and_answers_that_get_lost_do_no_harm()
    {
        _store.Faults.Next(Fault.TooMany, "PUT", times: 2);
        _store.Faults.Next(Fault.ServerError, "POST");
        var bytes = Bytes(2 * Part);
        await _shelf.Append(_id, 0, new MemoryStream(bytes), Any, Ct);
        // It was completed, and nobody heard so.
        _store.Faults.Next(Fault.BrokenAfter, "POST");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await _shelf.Finish(_id, bytes.Length, Ct)).Sha256);
        Assert.Equal(bytes, Assert.Single(_store.Objects).Value);
        Assert.Equal(0, _store.Faults.Left);
    }

    [Fact]
    public async Task A_store_without_checksums_of_its_own_serves_as_well()
    {
        _store.KnowsChecksums = false;
        var bytes = Bytes((2 * Part) + 1);
        _store.CorruptNext();
        await _shelf.Append(_id, 0, new MemoryStream(bytes), Any, Ct);
        await _shelf.Finish(_id, bytes.Length, Ct);
        Assert.Equal(bytes, Assert.Single(_store.Objects).Value);
    }

    [Fact]
    public async Task A_file_is_read_from_anywhere_and_goes_on_where_the_wire_broke()
    {
        var bytes = Bytes(2_500_000);
        await _shelf.Append(_id, 0, new MemoryStream(bytes), Any, Ct);
        await _shelf.Finish(_id, bytes.Length, Ct);
        await using var file = await _shelf.Open(_id, Ct);
        Assert.Equal(bytes.Length, file!.Length);
        _store.TruncateNext(2);
        var read = new byte[700_000];
        file.Position = 1_234_567;
        await file.ReadExactlyAsync(read, Ct);
        Assert.Equal(bytes[1_234_567..(1_234_567 + read.Length)], read);
        file.Seek(-5, SeekOrigin.End);
        Assert.Equal(5, file.ReadAtLeast(read, 100, throwOnEndOfStream: false));
        Assert.Equal(bytes[^5..], read[..5]);
        file.Position = 3_000_000;
        Assert.Equal(0, await file.ReadAsync(read, Ct));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_deleted_leaves_nothing_in_the_bucket_unfinished_uploads_included(bool isFinished)
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(2 * Part)), Any, Ct);
        if (isFinished) await _shelf.Finish(_id, null, Ct);
        var other = Guid.CreateVersion7();
        await _shelf.Append(other, 0, new MemoryStream(Bytes(Part)), Any, Ct);
        await _shelf.Finish(other, null, Ct);

        await _shelf.Delete(_id, Ct);
        await _shelf.Delete(_id, Ct);

        Assert.Equal((0, 1), (_store.UnfinishedUploads, _store.Objects.Count));
        Assert.Equal((0, Part), (await _shelf.LengthOf(_id, Ct), await _shelf.LengthOf(other, Ct)));
    }

    [Fact]
    public async Task Offsets_lengths_and_second_writers_are_held_as_in_a_folder()
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(Part)), Any, Ct);
        foreach (var offset in new[] { 0L, Part - 1, 2 * Part })
            Assert.Equal(ShelfTrouble.WrongOffset, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, offset, new MemoryStream(Bytes(1)), Any, Ct))).Code);
        Assert.Equal(ShelfTrouble.TooLong, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, Part, new MemoryStream(Bytes(Part)), Part + 10, Ct))).Code);
        await _shelf.StartAnew(_id, Ct);
        Assert.Equal(0, await _shelf.LengthOf(_id, Ct));
        var gate = new Gated();
        var first = _shelf.Append(_id, 0, gate, Any, Ct);
        Assert.Equal(ShelfTrouble.Busy, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, 0, new MemoryStream(Bytes(5)), Any, Ct))).Code);
        gate.Open.SetResult();
        await first;
    }

    [Fact]
    public async Task A_wrong_key_and_a_store_that_is_not_there_are_said_plainly_and_tell_no_secret()
    {
        await _shelf.Check(Ct);
        using (var wrong = Shelf(options => options.SecretKey = "another"))
        {
            var refused = await Assert.ThrowsAsync<ShelfTrouble>(() => wrong.Check(Ct));
            Assert.Equal(ShelfTrouble.Refused, refused.Code);
            Assert.DoesNotContain("another", refused.ToString(), StringComparison.Ordinal);
        }
        using (var nowhere = Shelf(options => options.Bucket = "no-such-bucket"))
            Assert.Equal(ShelfTrouble.Refused, (await Assert.ThrowsAsync<ShelfTrouble>(() => nowhere.LengthOf(_id, Ct))).Code);
        await _store.DisposeAsync();
        Assert.Equal(ShelfTrouble.Unreachable, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Check(Ct))).Code);
    }

    [Theory]
    [InlineData("s3.example.org", "lessons", "key", "")]
    [InlineData("http://s3.example.org", "lessons", "key", "")]
    [InlineData("https://user:word@s3.example.org", "lessons", "key", "")]
    [InlineData("https://s3.example.org/path", "lessons", "key", "")]
    [InlineData("https://s3.example.org", "Lessons", "key", "")]
    [InlineData("https://s3.example.org", "", "key", "")]
    [InlineData("https://s3.example.org", "lessons", "", "")]
    [InlineData("https://s3.example.org", "lessons", "key", "/muse")]
    public void Settings_that_make_no_sense_are_refused(string endpoint, string bucket, string key, string prefix) =>
        Assert.Throws<OptionsValidationException>(() => new BucketOptions { Endpoint = endpoint, Bucket = bucket, AccessKey = key, SecretKey = "s", Prefix = prefix }.Checked("Recordings:Shelf"));

    [Theory]
    [InlineData("https://s3.eu-central-1.amazonaws.com")]
    [InlineData("http://127.0.0.1:9000")]
    [InlineData("http://minio:9000")]
    [InlineData("http://192.168.1.20:3900/")]
    public void Settings_that_make_sense_are_taken(string endpoint) =>
        Assert.True(new BucketOptions { Endpoint = endpoint, Bucket = "my-lessons", AccessKey = "k", SecretKey = "s", Prefix = "muse/" }.Checked("Recordings:Shelf").IsConfigured);

    private int Sent() => _store.Seen.Count(request => request.Method == "PUT");

    private BucketShelf Shelf(Action<BucketOptions>? change = null)
    {
        var options = new BucketOptions
        {
            Endpoint = _store.Address,
            Bucket = _store.Bucket,
            Region = _store.Region,
            AccessKey = _store.AccessKey,
            SecretKey = _store.SecretKey,
            Prefix = "muse/",
            PartBytes = Part,
        };
        change?.Invoke(options);
        return new BucketShelf(options.Checked("Recordings:Shelf"));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private sealed class Breaking(byte[] bytes, int at) : MemoryStream(bytes, 0, at)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("The wire broke.");
    }

    private sealed class Gated : MemoryStream
    {
        public TaskCompletionSource Open { get; } = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Open.Task;
            return 0;
        }
    }
}
