namespace Muse.SelfHostedMedia.Recording;

/// <summary>AV1 (RTP payload format for AV1, §4). A sample is the temporal unit: its OBUs, each with its size, without temporal delimiters, tile
/// lists and padding (AV1 in ISOBMFF §2.4).</summary>
internal sealed class Av1Depacketizer(ISampleSink sink) : PictureDepacketizer(sink)
{
    private const int SequenceHeader = 1, Delimiter = 2, FrameHeader = 3, Frame = 6, TileList = 8, Padding = 15;
    private const int MaxSizeBytes = 8;

    private int _unitAt = -1;
    private bool _hasSequenceHeader;
    private bool _hasFrame;
    private bool _isKey;

    protected override bool BeginsKeyPicture(ReadOnlySpan<byte> payload)
    {
        // N: first packet of a coded video sequence (§4.4).
        if ((payload[0] & 0x08) != 0)
            return true;
        if ((payload[0] & 0x80) != 0)
            return false;
        var rest = payload[1..];
        if ((payload[0] & 0x30) != 0x10 && !TryReadSize(ref rest, out _))
            return false;
        return !rest.IsEmpty && ((rest[0] >> 3) & 0x0F) is SequenceHeader or Delimiter;
    }

    protected override void Begin()
    {
        _unitAt = -1;
        _hasSequenceHeader = _hasFrame = _isKey = false;
    }

    protected override bool Add(ReadOnlySpan<byte> payload)
    {
        var (continues, goesOn, count) = ((payload[0] & 0x80) != 0, (payload[0] & 0x40) != 0, (payload[0] >> 4) & 3);
        var rest = payload[1..];
        if (continues != _unitAt >= 0 || rest.IsEmpty)
            return false;
        for (var i = 1; !rest.IsEmpty || (count != 0 && i <= count); i++)
        {
            // W: so many elements, of which the last has no length; 0: any number, each with its length.
            var length = rest.Length;
            if (count == 0 || i < count)
            {
                if (!TryReadSize(ref rest, out length))
                    return false;
            }

            // No browser writes empty elements.
            if (length == 0)
                return false;
            if (_unitAt < 0)
            {
                _unitAt = Buffer.Length;
                if (++Units > MaxUnits)
                    return false;
            }

            if (!Buffer.Append(rest[..length]))
                return false;
            rest = rest[length..];
            if (!(rest.IsEmpty && goesOn) && !EndUnit())
                return false;
        }

        return goesOn == _unitAt >= 0;
    }

    protected override Picture End()
    {
        if (_unitAt >= 0)
            return Picture.Broken;
        if (!_hasFrame)
            return Picture.Empty;
        return _isKey && _hasSequenceHeader ? Picture.Key : Picture.Delta;
    }

    protected override void Forget()
    {
    }

    /// <summary>Gives the unit its size, or takes it away again.</summary>
    private bool EndUnit()
    {
        var at = _unitAt;
        _unitAt = -1;
        var unit = Buffer.Bytes[at..];
        if (unit.IsEmpty || (unit[0] & 0x80) != 0)
            return false;
        var header = (unit[0] & 0x04) != 0 ? 2 : 1;
        if (unit.Length < header)
            return false;
        var type = (unit[0] >> 3) & 0x0F;
        if (type is Delimiter or TileList or Padding)
        {
            Buffer.Truncate(at);
            return true;
        }

        ReadOnlySpan<byte> content = unit[header..];
        if ((unit[0] & 0x02) != 0)
        {
            // Allowed, though it should not be there (§4.4).
            if (!TryReadSize(ref content, out var told) || told != content.Length)
                return false;
            Note(type, content);
            return true;
        }

        Note(type, content);
        unit[0] |= 0x02;
        Span<byte> size = stackalloc byte[MaxSizeBytes];
        var sizeLength = WriteSize(size, content.Length);
        if (!Buffer.Insert(at + header, sizeLength))
            return false;
        size[..sizeLength].CopyTo(Buffer.Bytes[(at + header)..]);
        return true;
    }

    private void Note(int type, ReadOnlySpan<byte> content)
    {
        _hasSequenceHeader |= type == SequenceHeader;
        if (type is not (FrameHeader or Frame) || _hasFrame)
            return;
        _hasFrame = true;
        // AV1 bitstream specification §5.9.2: show_existing_frame 0, frame_type KEY_FRAME (0), show_frame 1.
        _isKey = !content.IsEmpty && (content[0] & 0xF0) == 0x10;
    }

    /// <summary>leb128 (AV1 bitstream specification §4.10.5).</summary>
    private static bool TryReadSize(ref ReadOnlySpan<byte> bytes, out int size)
    {
        long value = 0;
        size = 0;
        for (var i = 0; i < MaxSizeBytes && i < bytes.Length; i++)
        {
            value |= (long)(bytes[i] & 0x7F) << (7 * i);
            if ((bytes[i] & 0x80) != 0)
                continue;
            bytes = bytes[(i + 1)..];
            size = (int)Math.Min(value, int.MaxValue);
            return value <= bytes.Length;
        }

        return false;
    }

    private static int WriteSize(Span<byte> target, int size)
    {
        var at = 0;
        for (; size > 0x7F; size >>= 7)
            target[at++] = (byte)(size | 0x80);
        target[at++] = (byte)size;
        return at;
    }
}
