using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using static Muse.SelfHostedMedia.Tests.Recording.SentStreams;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>A disk that is full, breaks or stands still, and a lesson that goes on.</summary>
public class TroubledDiskTests
{
    [Theory]
    [InlineData(28, RecordingFault.DiskFull)]
    [InlineData(122, RecordingFault.DiskFull)]
    [InlineData(5, RecordingFault.Disk)]
    public async Task A_disk_that_takes_nothing_more_ends_the_recording_with_a_notice_and_nothing_else(int error, RecordingFault why)
    {
        var disk = new Disk { Room = 6_000, Error = error };
        await using var room = await RecordedRoom.Begin(disk);
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        var (_, listener, _) = await room.Media.Subscriber();
        await sending.Sound(Sounds(600));
        var told = await room.Media.Fact<RecordingBroke>();
        Assert.Equal((room.Recorder.RecordingId, why), (told.RecordingId, told.Why));
        Assert.Equal(RecorderState.Broken, room.Recorder.State);

        var before = room.Media.Server.Statistics.ForwardedPackets;
        await sending.Sound([.. Sounds(610)[600..]]);
        await room.Media.Until(statistics => statistics.ForwardedPackets >= before + 10);
        // What had been written is whole, also where the last write was torn.
        var finished = await room.Stop();
        Assert.False(finished.WasStopped);
        var samples = room.Samples(Assert.Single(finished.Tracks).Number);
        Assert.InRange(samples.Count, 30, 599);
        Assert.Equal(Sounds(600).Take(samples.Count).Select(packet => packet.Payload), samples);
        Assert.Equal(0, RecordedFolder.Finish(room.Folder).CutBytes);

        // The room may be recorded again where there is space.
        disk.Room = long.MaxValue;
        var other = room.Folder + "-other";
        await (await room.Media.Room.Record(Guid.NewGuid(), other)).Value.Stop();
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_the_start_is_a_refusal()
    {
        await using var media = new Rooms.MediaFixture(new() { RecordingDisk = new Disk { Room = 0, Error = 28 } });
        var folder = Path.Combine(Path.GetTempPath(), $"muse-full-{Guid.NewGuid():N}");
        Assert.Equal("folder_unusable", (await media.Room.Record(Guid.NewGuid(), folder)).Refusal?.Code);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Writing_never_waits_for_a_sync_that_stands_still_but_stopping_does()
    {
        var disk = new Disk();
        await using var room = await RecordedRoom.Begin(disk);
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        disk.MaySync.Reset();
        await sending.Sound(Sounds(200));
        while (room.Recorder.Counts.Parts < 4)
            await Task.Yield();
        var stopping = room.Recorder.Stop();
        Assert.Equal(200, room.Samples(1).Count + await Late(room));
        Assert.False(stopping.IsCompleted);
        disk.MaySync.Set();
        await stopping;
        Assert.Equal(200, room.Samples(1).Count);
        Assert.True(room.Recorder.Counts.LongestSync > TimeSpan.Zero);
        Assert.True(disk.Synced.SetEquals(Directory.GetFiles(room.Folder)), string.Join(' ', disk.Synced));

        static async Task<int> Late(RecordedRoom room)
        {
            // The last part is written when the writing thread has come to the end.
            while (room.Samples(1).Count < 200)
                await Task.Yield();
            return 0;
        }
    }

    [Fact]
    public async Task A_sync_that_fails_ends_the_recording()
    {
        var disk = new Disk();
        await using var room = await RecordedRoom.Begin(disk);
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        disk.SyncFails = true;
        await sending.Sound(Sounds(100));
        Assert.Equal(RecordingFault.Disk, (await room.Media.Fact<RecordingBroke>()).Why);
        await room.Recorder.Stop();
    }

    private sealed class Disk : IRecordingDisk
    {
        private readonly RecordingDisk _real = new();
        private long _room = long.MaxValue;

        public long Room { set => Interlocked.Exchange(ref _room, value); }

        public int Error { get; init; }

        public bool SyncFails { get; set; }

        public ManualResetEventSlim MaySync { get; } = new(true);

        public HashSet<string> Synced { get; } = [];

        public Stream Create(string path) => new Bounded(this, (FileStream)_real.Create(path));

        public void Sync(Stream file)
        {
            MaySync.Wait();
            if (SyncFails)
                throw new IOException("no", 5);
            _real.Sync(((Bounded)file).File);
            lock (Synced)
                Synced.Add(((Bounded)file).File.Name);
        }

        public void SyncFolder(string folder) => _real.SyncFolder(folder);

        private sealed class Bounded(Disk disk, FileStream file) : Stream
        {
            public FileStream File => file;

            public override bool CanRead => false;

            public override bool CanSeek => false;

            public override bool CanWrite => true;

            public override long Length => file.Length;

            public override long Position { get => file.Position; set => throw new NotSupportedException(); }

            public override void Write(ReadOnlySpan<byte> buffer)
            {
                var room = Interlocked.Add(ref disk._room, -buffer.Length) + buffer.Length;
                if (room >= buffer.Length)
                {
                    file.Write(buffer);
                    return;
                }

                file.Write(buffer[..(int)Math.Max(0, room)]);
                throw new IOException("full", disk.Error);
            }

            public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

            public override void Flush() => file.Flush();

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            protected override void Dispose(bool disposing) => file.Dispose();
        }
    }
}
