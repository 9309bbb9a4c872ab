using System.Security.Cryptography;
using Muse.Adapters.Shelf;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Tests.Shelf;

public sealed class FolderShelfTests : IDisposable
{
    private const long Any = long.MaxValue;

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-shelf-").FullName;
    private readonly FolderShelf _shelf;
    private readonly Guid _id = Guid.CreateVersion7();

    public FolderShelfTests() => _shelf = new FolderShelf(Path.Combine(_folder, "recordings"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_that_came_in_pieces_is_the_file_that_was_sent()
    {
        var bytes = Bytes(700_001);
        Assert.Equal(0, await _shelf.LengthOf(_id, Ct));
        Assert.Equal(300_000, await _shelf.Append(_id, 0, new MemoryStream(bytes, 0, 300_000), Any, Ct));
        Assert.Equal(300_000, await _shelf.LengthOf(_id, Ct));
        Assert.Null(await _shelf.Open(_id, Ct));
        Assert.Equal(bytes.Length, await _shelf.Append(_id, 300_000, new MemoryStream(bytes, 300_000, 400_001), Any, Ct));

        var file = await _shelf.Finish(_id, bytes.Length, Ct);

        Assert.Equal(new ShelvedFile(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), file);
        await using var open = await _shelf.Open(_id, Ct);
        Assert.Equal(Convert.FromHexString(file.Sha256), await SHA256.HashDataAsync(open!, Ct));
        Assert.Equal(bytes.Length, await _shelf.LengthOf(_id, Ct));
    }

    [Fact]
    public async Task Finishing_again_answers_the_same_as_after_a_crash_between_the_file_and_its_event()
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct);
        Assert.Equal(await _shelf.Finish(_id, 10, Ct), await _shelf.Finish(_id, 10, Ct));
    }

    [Fact]
    public async Task What_came_before_a_break_stays()
    {
        var bytes = Bytes(500_000);
        await Assert.ThrowsAsync<IOException>(() => _shelf.Append(_id, 0, new Breaking(bytes, at: 400_000), Any, Ct));
        Assert.Equal(400_000, await _shelf.LengthOf(_id, Ct));
        await _shelf.Append(_id, 400_000, new MemoryStream(bytes, 400_000, 100_000), Any, Ct);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await _shelf.Finish(_id, null, Ct)).Sha256);
    }

    [Fact]
    public async Task Another_offset_than_the_drafts_length_is_refused()
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct);
        foreach (var offset in new[] { 0L, 9, 11 })
            Assert.Equal(ShelfTrouble.WrongOffset, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, offset, new MemoryStream(Bytes(1)), Any, Ct))).Code);
        Assert.Equal(10, await _shelf.LengthOf(_id, Ct));
    }

    [Fact]
    public async Task A_draft_of_the_wrong_size_is_not_finished_and_can_start_anew()
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct);
        Assert.Equal(ShelfTrouble.WrongSize, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Finish(_id, 11, Ct))).Code);
        Assert.Null(await _shelf.Open(_id, Ct));
        await _shelf.StartAnew(_id, Ct);
        Assert.Equal(0, await _shelf.LengthOf(_id, Ct));
    }

    [Fact]
    public async Task A_draft_never_grows_longer_than_agreed()
    {
        Assert.Equal(ShelfTrouble.TooLong, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, 0, new Endless(), 300_000, Ct))).Code);
        Assert.InRange(await _shelf.LengthOf(_id, Ct), 0, 300_000);
    }

    [Fact]
    public async Task Two_writers_of_one_draft_do_not_mix()
    {
        var gate = new Gated();
        var first = _shelf.Append(_id, 0, gate, Any, Ct);
        Assert.Equal(ShelfTrouble.Busy, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, 0, new MemoryStream(Bytes(5)), Any, Ct))).Code);
        Assert.Equal(ShelfTrouble.Busy, (await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Finish(_id, null, Ct))).Code);
        gate.Open.SetResult();
        Assert.Equal(3, await first);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_deleted_is_gone_finished_or_not(bool isFinished)
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct);
        if (isFinished) await _shelf.Finish(_id, 10, Ct);
        var other = Guid.CreateVersion7();
        await _shelf.Append(other, 0, new MemoryStream(Bytes(7)), Any, Ct);

        await _shelf.Delete(_id, Ct);
        await _shelf.Delete(_id, Ct);

        Assert.Null(await _shelf.Open(_id, Ct));
        Assert.Equal((0, 7), (await _shelf.LengthOf(_id, Ct), await _shelf.LengthOf(other, Ct)));
        Assert.DoesNotContain(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories), path => path.Contains(_id.ToString("n"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_owner_reads_what_stands_there()
    {
        await _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct);
        await _shelf.Finish(_id, 10, Ct);
        var all = Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories);
        Assert.Equal(3, all.Length);
        Assert.All(all, path => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path)
            & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute)));
    }

    [Fact]
    public async Task A_full_disk_is_said_plainly_and_what_fitted_stays()
    {
        // /dev/full answers every write with ENOSPC, as a full disk does.
        var name = _id.ToString("n");
        var place = Directory.CreateDirectory(Path.Combine(_folder, "recordings", name[^2..]));
        File.CreateSymbolicLink(Path.Combine(place.FullName, name + ".draft"), "/dev/full");
        var trouble = await Assert.ThrowsAsync<ShelfTrouble>(() => _shelf.Append(_id, 0, new MemoryStream(Bytes(10)), Any, Ct));
        Assert.Equal(ShelfTrouble.Full, trouble.Code);
        Assert.DoesNotContain(_folder, trouble.Message, StringComparison.Ordinal);
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

    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }

    private sealed class Gated : MemoryStream
    {
        private bool _done;

        public TaskCompletionSource Open { get; } = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_done) return 0;
            await Open.Task;
            _done = true;
            return 3;
        }
    }
}
