using System.Buffers.Binary;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Wire;

public class TcpQueueTests
{
    private readonly TcpQueue _queue = new();
    private readonly byte[] _chunk = new byte[4_096];

    [Fact]
    public void Packets_are_framed_and_sound_goes_before_the_picture()
    {
        _queue.Add([1, 2], isPicture: true, 0);
        _queue.Add([3], isPicture: false, 1);
        Assert.Equal(7, _queue.Take(_chunk, 2));
        Assert.Equal([0, 1, 3, 0, 2, 1, 2], _chunk[..7]);
        Assert.Equal(0, _queue.Take(_chunk, 3));
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public void A_picture_that_waited_150_ms_is_dropped_whole_and_held_back_until_everything_is_out()
    {
        _queue.Add(new byte[100], isPicture: true, 0);
        _queue.Add(new byte[100], isPicture: true, 100);
        _queue.Add([9], isPicture: false, 120);
        Assert.False(_queue.IsBehind);
        _queue.Add(new byte[100], isPicture: true, 151);
        Assert.True(_queue.IsBehind);
        Assert.Equal(3, _queue.Dropped);
        Assert.Equal([0, 1, 9], _chunk[.._queue.Take(_chunk, 152)]);
        Assert.True(_queue.IsBehind);
        Assert.Equal(0, _queue.Take(_chunk, 153));
        Assert.False(_queue.IsBehind);
        _queue.Add([5], isPicture: true, 160);
        Assert.Equal([0, 1, 5], _chunk[.._queue.Take(_chunk, 310)]);
    }

    [Fact]
    public void A_line_that_takes_nothing_for_long_is_not_given_old_sound_either()
    {
        for (var i = 0; i < 50; i++)
            _queue.Add([(byte)i], isPicture: false, i * 20);
        var length = _queue.Take(_chunk, 1_000);
        Assert.Equal(25, _chunk[2]);
        Assert.Equal(25 * 3, length);
    }

    [Fact]
    public void What_may_wait_is_bounded_and_comes_out_as_it_went_in()
    {
        var random = new Random(3);
        var expected = new Queue<byte[]>();
        for (var i = 0; i < 20_000; i++)
        {
            var packet = new byte[random.Next(1, 1_400)];
            random.NextBytes(packet);
            var before = _queue.Dropped;
            _queue.Add(packet, isPicture: false, i / 100);
            if (_queue.Dropped == before)
                expected.Enqueue(packet);
            if (random.Next(150) == 0)
                Drain(i / 100, expected);
        }

        Drain(200, expected);
        Assert.Empty(expected);
        Assert.True(_queue.Dropped > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Frames_are_put_together_however_the_stream_is_cut(int cut)
    {
        var random = new Random(cut);
        var packets = Enumerable.Range(0, 200).Select(i => new byte[i == 50 ? 0 : random.Next(0, ReceiveBatch.MaxDatagram + 1)]).ToList();
        var stream = new List<byte>();
        foreach (var packet in packets)
        {
            random.NextBytes(packet);
            stream.AddRange([(byte)(packet.Length >> 8), (byte)packet.Length, .. packet]);
        }

        var assembly = new FrameAssembly();
        var found = new List<byte[]>();
        foreach (var piece in stream.Chunk(cut))
        {
            ReadOnlySpan<byte> bytes = piece;
            while (assembly.TryTake(ref bytes, out var frame))
                found.Add(frame.ToArray());
        }

        Assert.Equal(packets.Where(packet => packet.Length > 0), found);
        Assert.False(assembly.IsWithin);
        Assert.False(assembly.IsBroken);
    }

    [Fact]
    public void A_frame_longer_than_any_datagram_breaks_the_stream()
    {
        var assembly = new FrameAssembly();
        ReadOnlySpan<byte> bytes = [0xFF, 0xFF, 1, 2, 3];
        Assert.False(assembly.TryTake(ref bytes, out _));
        Assert.True(assembly.IsBroken);
    }

    [Fact]
    public void Any_bytes_at_all_are_survived()
    {
        foreach (var input in Fuzzing.Inputs([0, 4, 1, 2, 3, 4, 0, 0, 0, 1, 9]).Take(Fuzzing.Rounds))
        {
            var assembly = new FrameAssembly();
            ReadOnlySpan<byte> bytes = input;
            while (assembly.TryTake(ref bytes, out var frame))
                Assert.InRange(frame.Length, 1, ReceiveBatch.MaxDatagram);
        }
    }

    private void Drain(long now, Queue<byte[]> expected)
    {
        for (var length = _queue.Take(_chunk, now); length > 0; length = _queue.Take(_chunk, now))
        {
            for (var at = 0; at < length;)
            {
                var size = BinaryPrimitives.ReadUInt16BigEndian(_chunk.AsSpan(at));
                Assert.Equal(expected.Dequeue(), _chunk[(at + 2)..(at + 2 + size)]);
                at += 2 + size;
            }
        }
    }
}
