using System.Buffers.Binary;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>Tells a publisher when its packets arrived, by the kernel's stamps: what the media thread itself was busy with is not the line's
/// delay. Counted is everything authentic, repairs, probes and what belongs to no track included; they all took their part of the
/// line.</summary>
internal sealed class ArrivalFeedback
{
    /// <summary>Milliseconds between messages while packets come.</summary>
    private const long Gap = 50;

    private readonly ArrivalLog _log = new();
    private uint _media;
    private long _toldAt = long.MinValue / 2;

    /// <summary>The number of the header extension; 0 when it is not negotiated.</summary>
    public byte ExtensionId { get; set; }

    /// <param name="arrived">Nanoseconds.</param>
    public void Arrived(ReadOnlySpan<byte> packet, in RtpHeader header, long arrived)
    {
        if (!HeaderExtensions.TryFind(packet, header, ExtensionId, out var number) || number.Length < 2)
            return;
        _media = header.Ssrc;
        _log.Arrived(BinaryPrimitives.ReadUInt16BigEndian(number), Math.Max(1, arrived / 1_000));
    }

    /// <param name="now">Milliseconds.</param>
    public bool IsDue(long now)
    {
        if (!_log.HasNews || now - _toldAt < Gap)
            return false;
        _toldAt = now;
        return true;
    }

    /// <param name="target">At least <see cref="ArrivalLog.MaxLength"/> bytes.</param>
    /// <returns>The length of the next message; 0 after the last.</returns>
    public int Write(Span<byte> target, uint sender) => _log.Write(target, sender, _media);
}
