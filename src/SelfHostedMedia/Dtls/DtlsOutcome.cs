using System.Buffers;

namespace Muse.SelfHostedMedia.Dtls;

internal enum DtlsOutcomeKind
{
    /// <summary>A datagram to send.</summary>
    Outgoing,

    /// <summary>The fingerprint is right; the bytes are the exported keys.</summary>
    Established,
    Failed,
    Closed,

    /// <summary>A message of the peer (data channels).</summary>
    Data,
}

/// <summary>What the handshakes' thread says to the media thread.</summary>
/// <param name="Bytes">Rented: <see cref="Free"/> gives it back.</param>
internal readonly record struct DtlsOutcome(
    DtlsAssociation Association, DtlsOutcomeKind Kind, byte[]? Bytes = null, int Length = 0, SrtpProfile Profile = default, string Detail = "")
{
    public Span<byte> Content => Bytes.AsSpan(0, Length);

    public void Free()
    {
        if (Bytes is not null)
            ArrayPool<byte>.Shared.Return(Bytes, clearArray: Kind == DtlsOutcomeKind.Established);
    }
}
