using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Puts datagrams together again that came through a stream: two bytes of length, then that many (RFC 4571 §2). TCP cuts where it
/// likes.</summary>
internal sealed class FrameAssembly
{
    private const int Header = 2;

    private readonly byte[] _frame = new byte[Header + ReceiveBatch.MaxDatagram];
    private int _have;

    /// <summary>A frame said to be longer than any that a peer has reason to send: what follows cannot be told any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The beginning of a frame is here, its end is not.</summary>
    public bool IsWithin => _have > 0;

    /// <summary>Takes bytes from the front until a frame is whole.</summary>
    /// <param name="frame">Valid until the next call. Frames of no length are passed over.</param>
    /// <returns>False when the bytes are used up.</returns>
    public bool TryTake(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        while (bytes.Length > 0 && !IsBroken)
        {
            if (_have < Header)
            {
                _frame[_have++] = bytes[0];
                bytes = bytes[1..];
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(_frame);
            if (length > ReceiveBatch.MaxDatagram)
            {
                IsBroken = true;
                return false;
            }

            var taken = Math.Min(bytes.Length, Header + length - _have);
            bytes[..taken].CopyTo(_frame.AsSpan(_have));
            bytes = bytes[taken..];
            _have += taken;
            if (_have < Header + length)
                continue;
            _have = 0;
            if (length == 0)
                continue;
            frame = _frame.AsSpan(Header, length);
            return true;
        }

        // A length that says nothing follows is whole without another byte.
        if (_have == Header && BinaryPrimitives.ReadUInt16BigEndian(_frame) == 0)
            _have = 0;
        return false;
    }
}
