using System.Buffers.Binary;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>VP9 (RFC 9628). A sample is the frame, or of a stream with spatial layers all frames of the picture with the index that makes them a
/// superframe (VP9 bitstream specification, annex B).</summary>
internal sealed class Vp9Depacketizer(ISampleSink sink) : PictureDepacketizer(sink)
{
    private const int MaxFrames = 8;

    private readonly int[] _sizes = new int[MaxFrames];
    private int _frameAt = -1;
    private bool _isKey;

    protected override bool BeginsKeyPicture(ReadOnlySpan<byte> payload) => KeyFrames.Begins(VideoCodec.Vp9, payload);

    protected override void Begin()
    {
        _frameAt = -1;
        _isKey = false;
    }

    protected override bool Add(ReadOnlySpan<byte> payload)
    {
        var length = Vp9Descriptor.LengthOf(payload);
        if (length <= 0 || length >= payload.Length || !Vp9Descriptor.TryParse(payload, out var descriptor))
            return false;
        var bytes = payload[length..];
        if (descriptor.BeginsLayerFrame != _frameAt < 0)
            return false;
        if (descriptor.BeginsLayerFrame)
        {
            if (Units == MaxFrames)
                return false;
            if (Units == 0)
                _isKey = !descriptor.IsInterPredicted && descriptor.Spatial == 0 && IsKeyFrame(bytes[0]);
            _frameAt = Buffer.Length;
        }

        if (!Buffer.Append(bytes))
            return false;
        if (descriptor.EndsLayerFrame)
        {
            _sizes[Units++] = Buffer.Length - _frameAt;
            _frameAt = -1;
        }

        return true;
    }

    protected override Picture End()
    {
        if (_frameAt >= 0 || Units == 0 || (Units > 1 && !AppendIndex()))
            return Picture.Broken;
        return _isKey ? Picture.Key : Picture.Delta;
    }

    protected override void Forget()
    {
    }

    /// <summary>VP9 bitstream specification §6.2: frame_marker 2, profile, then show_existing_frame and frame_type both 0. Profile 3, which
    /// has one bit more, is not recorded.</summary>
    private static bool IsKeyFrame(byte first) => (first & 0xCC) == 0x80;

    private bool AppendIndex()
    {
        Span<byte> index = stackalloc byte[2 + (MaxFrames * 4)];
        var marker = (byte)(0xC0 | (3 << 3) | (Units - 1));
        var at = 0;
        index[at++] = marker;
        foreach (var size in _sizes.AsSpan(0, Units))
        {
            BinaryPrimitives.WriteInt32LittleEndian(index[at..], size);
            at += 4;
        }

        index[at++] = marker;
        return Buffer.Append(index[..at]);
    }
}
