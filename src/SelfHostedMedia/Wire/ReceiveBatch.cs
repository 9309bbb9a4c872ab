namespace Muse.SelfHostedMedia.Wire;

/// <summary>Up to 64 datagrams as they came, in native memory that lives as long as the media thread.</summary>
internal abstract class ReceiveBatch : IDisposable
{
    public const int Capacity = 64;

    /// <summary>Larger than any datagram a peer has reason to send (Firefox's DTLS: 1,408 bytes, Opus at 510 kbit/s: 1,316).</summary>
    public const int MaxDatagram = 1_500;

    protected const int SlotSize = 2_048;

    /// <summary>Reads what is waiting, without waiting itself.</summary>
    /// <returns>How many datagrams are in the batch now.</returns>
    public abstract int Receive();

    public abstract Span<byte> Datagram(int i);

    /// <summary>The datagram was larger than any that a peer has reason to send.</summary>
    public abstract bool IsOversized(int i);

    public abstract bool TryGetSender(int i, out NetworkAddress sender);

    /// <returns>None when the port is bound to one address, or where the machine does not say.</returns>
    public abstract NetworkAddress Local(int i);

    /// <summary>How long the datagram waited to be read, 0 to 1 s in nanoseconds; 0 where the machine does not say.</summary>
    public abstract long WaitedNanoseconds(int i);

    public abstract void Dispose();
}
