using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>What waits for one TCP connection to take it. A stream that is too slow loses nothing by itself, it only comes ever later: so
/// what is too old is dropped here. Sound, checks and reports go before the picture; a picture that waited 150 ms is dropped whole, and
/// whoever sends it holds it back until the line is empty again (<see cref="IsBehind"/>) and begins with a key frame. Bytes would be the
/// wrong measure: the buffers in between hold any number of them. Not thread-safe.</summary>
internal sealed class TcpQueue
{
    /// <summary>Milliseconds that a picture may wait.</summary>
    public const long MaxPictureAge = 150;

    /// <summary>The same for all else: sound that comes later is not played any more, a check is repeated.</summary>
    public const long MaxAge = 500;

    private const int UrgentBytes = 64 * 1024;
    private const int PictureBytes = 256 * 1024;
    private const int Header = 2;

    private readonly PacketRing _urgent = new(UrgentBytes);
    private PacketRing? _picture;

    /// <summary>No more of the picture is taken until everything has gone out.</summary>
    public bool IsBehind { get; private set; }

    public long Dropped { get; private set; }

    public bool IsEmpty => _urgent.IsEmpty && _picture is not { IsEmpty: false };

    /// <param name="now">Milliseconds; never falls.</param>
    public void Add(ReadOnlySpan<byte> packet, bool isPicture, long now)
    {
        if (isPicture)
        {
            _picture ??= new(PictureBytes);
            DropOldPicture(now);
            if (IsBehind || !_picture.TryAdd(packet, now))
            {
                IsBehind = true;
                Dropped++;
            }
        }
        else if (!_urgent.TryAdd(packet, now))
        {
            Dropped++;
        }
    }

    /// <summary>Takes framed packets, as many as fit.</summary>
    /// <param name="target">At least a datagram and two bytes.</param>
    /// <returns>The length; 0 when nothing waits, which ends being behind.</returns>
    public int Take(Span<byte> target, long now)
    {
        DropOldPicture(now);
        while (!_urgent.IsEmpty && now - _urgent.OldestAt > MaxAge)
        {
            _urgent.Drop();
            Dropped++;
        }

        var length = Take(_urgent, target, 0);
        if (_picture is not null && _urgent.IsEmpty)
            length = Take(_picture, target, length);
        if (length == 0)
            IsBehind = false;
        return length;
    }

    private static int Take(PacketRing ring, Span<byte> target, int length)
    {
        while (!ring.IsEmpty)
        {
            var packet = ring.OldestLength;
            if (length + Header + packet > target.Length)
                break;
            BinaryPrimitives.WriteUInt16BigEndian(target[length..], (ushort)packet);
            ring.Take(target.Slice(length + Header, packet));
            length += Header + packet;
        }

        return length;
    }

    private void DropOldPicture(long now)
    {
        if (_picture is null || _picture.IsEmpty || now - _picture.OldestAt <= MaxPictureAge)
            return;
        while (!_picture.IsEmpty)
        {
            _picture.Drop();
            Dropped++;
        }

        IsBehind = true;
    }
}
