using System.Buffers;

namespace Muse.SelfHostedMedia.Dtls;

/// <summary>One connection's DTLS as the media thread sees it: orders that the handshakes' thread carries out, and whose outcomes come back
/// (<see cref="DtlsThread.TryTake"/>). Nothing here waits.</summary>
internal sealed class DtlsAssociation(DtlsThread thread, object owner, DtlsIdentity identity, Fingerprint peer)
{
    /// <summary>Datagrams of one connection that may wait; a handshake has a dozen in all.</summary>
    public const int MaxWaiting = 64;

    private int _waiting;

    /// <summary>Whom the outcomes are for.</summary>
    public object Owner { get; } = owner;

    /// <summary>Held from the beginning; released by the handshakes' thread with the session.</summary>
    public DtlsIdentity Identity { get; } = identity.Hold();

    public Fingerprint Peer { get; } = peer;

    /// <summary>Belongs to the handshakes' thread alone: one SSL object is not thread-safe, and OpenSSL's errors are kept per thread.</summary>
    public DtlsSession? Session { get; set; }

    /// <summary>Written by the handshakes' thread alone.</summary>
    public DtlsState Told { get; set; }

    /// <returns>False when so many wait already that this one is dropped.</returns>
    public bool Receive(ReadOnlySpan<byte> datagram) => Order(DtlsOrderKind.Receive, datagram);

    /// <summary>Sends a message to the peer, of at most 16,384 bytes; before the handshake's end it is dropped.</summary>
    public bool Send(ReadOnlySpan<byte> message) => Order(DtlsOrderKind.Send, message);

    /// <summary>Says close_notify and frees the session. The last order.</summary>
    public void Close() => thread.Enqueue(new(this, DtlsOrderKind.Close, null, 0));

    /// <summary>An order was carried out.</summary>
    public void Done() => Interlocked.Decrement(ref _waiting);

    private bool Order(DtlsOrderKind kind, ReadOnlySpan<byte> bytes)
    {
        if (Volatile.Read(ref _waiting) >= MaxWaiting)
            return false;
        Interlocked.Increment(ref _waiting);
        var copy = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(copy);
        thread.Enqueue(new(this, kind, copy, bytes.Length));
        return true;
    }
}

internal enum DtlsOrderKind
{
    Receive,
    Send,
    Close,
}

internal readonly record struct DtlsOrder(DtlsAssociation Association, DtlsOrderKind Kind, byte[]? Bytes, int Length);
