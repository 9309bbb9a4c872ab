using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>H.264 (RFC 6184, packetization mode 1: single NAL units, STAP-A, FU-A). A sample is a list of NAL units, each behind its length in four
/// bytes (ISO 14496-15 §5.3.4.2). Parameter sets stay in it, and a key frame that has none gets the newest ones: without them a change
/// of size cannot be decoded.</summary>
internal sealed class H264Depacketizer(ISampleSink sink) : PictureDepacketizer(sink)
{
    private const int Idr = 5, SequenceSet = 7, PictureSet = 8, Delimiter = 9, Filler = 12, Aggregate = 24, Fragment = 28;
    private const int LengthSize = 4;

    private readonly SampleBuffer _sets = new(4_096);
    private int _unitAt = -1;
    private bool _hasSlices;
    private bool _isKey;
    private bool _hasSets;

    protected override bool BeginsKeyPicture(ReadOnlySpan<byte> payload) => (payload[0] & 0x1F) switch
    {
        SequenceSet or Delimiter => true,
        Aggregate => payload.Length > 3 && (payload[3] & 0x1F) is SequenceSet or Delimiter,
        Fragment => payload.Length > 1 && (payload[1] & 0x9F) == (0x80 | SequenceSet),
        _ => false,
    };

    protected override void Begin()
    {
        _unitAt = -1;
        _hasSlices = _isKey = _hasSets = false;
    }

    protected override bool Add(ReadOnlySpan<byte> payload) => (payload[0] & 0x1F) switch
    {
        > 0 and < Aggregate => _unitAt < 0 && AddUnit(payload),
        Aggregate => _unitAt < 0 && AddAggregate(payload[1..]),
        Fragment => AddFragment(payload),
        _ => false,
    };

    protected override Picture End()
    {
        if (_unitAt >= 0)
            return Picture.Broken;
        if (!_hasSlices)
            return Picture.Empty;
        return !_isKey ? Picture.Delta : _hasSets ? Picture.Key : Picture.Broken;
    }

    protected override void Forget() => _sets.Clear();

    /// <summary>RFC 6184 §5.7.1: sizes of two bytes, each before its unit.</summary>
    private bool AddAggregate(ReadOnlySpan<byte> rest)
    {
        while (rest.Length > 2)
        {
            var size = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (size == 0 || size > rest.Length - 2 || !AddUnit(rest.Slice(2, size)))
                return false;
            rest = rest[(2 + size)..];
        }

        return rest.IsEmpty;
    }

    /// <summary>RFC 6184 §5.8: indicator (F, NRI), header (S, E, type), then bytes of the unit without its first.</summary>
    private bool AddFragment(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3)
            return false;
        var (begins, ends) = ((payload[1] & 0x80) != 0, (payload[1] & 0x40) != 0);
        if (begins != _unitAt < 0 || (begins && ends))
            return false;
        if (begins && !BeginUnit((byte)((payload[0] & 0xE0) | (payload[1] & 0x1F))))
            return false;
        return Buffer.Append(payload[2..]) && (!ends || EndUnit());
    }

    private bool AddUnit(ReadOnlySpan<byte> unit) => BeginUnit(unit[0]) && Buffer.Append(unit[1..]) && EndUnit();

    private bool BeginUnit(byte header)
    {
        var type = header & 0x1F;
        if (type == Idr && !_isKey)
        {
            _isKey = true;
            if (!_hasSets && _sets.Length > 0)
            {
                if (!Buffer.Append(_sets.Bytes))
                    return false;
                _hasSets = true;
            }
        }

        Units++;
        _unitAt = Buffer.Length;
        return Units <= MaxUnits && Buffer.Append([0, 0, 0, 0, header]);
    }

    private bool EndUnit()
    {
        var unit = Buffer.Bytes[_unitAt..];
        var type = unit[LengthSize] & 0x1F;
        BinaryPrimitives.WriteInt32BigEndian(unit, unit.Length - LengthSize);
        switch (type)
        {
            case SequenceSet:
                if (!_hasSets)
                    _sets.Clear();
                _hasSets = true;
                Remember(unit);
                break;
            case PictureSet:
                if (_hasSets)
                    Remember(unit);
                break;
            // Delimiters, ends of sequence or stream and filler show nothing.
            case >= Delimiter and <= Filler:
                Buffer.Truncate(_unitAt);
                break;
            case <= Idr:
                _hasSlices = true;
                break;
        }

        _unitAt = -1;
        return true;
    }

    private void Remember(ReadOnlySpan<byte> set)
    {
        // Sets that no encoder writes are not worth remembering: half of them would be worse than none.
        if (!_sets.Append(set))
            _sets.Clear();
    }
}
