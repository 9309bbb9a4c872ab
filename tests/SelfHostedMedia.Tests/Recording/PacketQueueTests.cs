using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

public class PacketQueueTests
{
    private const int Capacity = 4_096;

    private readonly PacketQueue _queue = new(Capacity);

    [Fact]
    public void What_goes_in_comes_out_in_order_however_often_the_ring_turns()
    {
        var random = new Random(3);
        var (added, taken) = (0L, 0L);
        while (taken < 10_000)
        {
            while (random.Next(4) > 0 && _queue.TryAdd(Packet(added, (int)(added * 31 % 700)), Payload(added, (int)(added * 31 % 700))))
                added++;
            while (random.Next(4) > 0 && _queue.TryTake(out var entry, out var payload))
            {
                Assert.Equal(Packet(taken, (int)(taken * 31 % 700)), entry);
                Assert.True(payload.SequenceEqual(Payload(taken, entry.Length)));
                _queue.Release(entry);
                taken++;
            }
        }

        Assert.InRange(_queue.Waiting, 0, Capacity);
    }

    [Fact]
    public void Where_packets_find_no_room_the_end_still_does()
    {
        while (_queue.TryAdd(Packet(1, 100), Payload(1, 100)))
            continue;
        while (_queue.TryAdd(Packet(1, 0), []))
            continue;
        Assert.True(_queue.TryAdd(Packet(1, 0) with { Kind = QueuedKind.Stop }, []));
    }

    private static Queued Packet(long number, int length) =>
        new(QueuedKind.Packet, (byte)(number % 60), number % 2 == 0, number % 3 == 0, length, number, number * 2, (uint)number, 7, 0);

    private static byte[] Payload(long number, int length) => [.. Enumerable.Repeat((byte)number, length)];
}
