using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Muse.SelfHostedMedia.Srtp;
using Muse.SelfHostedMedia.Wire;
using Muse.SelfHostedMedia.Wire.Linux;

namespace Muse.SelfHostedMedia.Dtls;

/// <summary>The one thread that runs OpenSSL's handshakes: each costs about 2 ms, which on the media thread everyone in every room would hear
/// as delay. Keys and datagrams come back as <see cref="DtlsOutcome"/>s.</summary>
internal sealed class DtlsThread : IDisposable
{
    private const int TickMilliseconds = 10;

    /// <summary>Below the media thread, so that on one core a handshake waits for packets and not the reverse.</summary>
    private const int Niceness = 5;

    private readonly object _gate = new();
    private readonly Queue<DtlsOrder> _orders = new();
    private readonly ConcurrentQueue<DtlsOutcome> _outcomes = new();
    private readonly List<DtlsAssociation> _handshaking = [];
    private readonly Action _wake;
    private readonly Thread _thread;
    private bool _stopping;
    private bool _hasOutcome;

    /// <param name="wake">Called on the handshakes' thread when there are outcomes.</param>
    public DtlsThread(Action wake)
    {
        _wake = wake;
        _thread = new Thread(Loop) { IsBackground = true, Name = "Muse handshakes" };
        _thread.Start();
    }

    /// <summary>A bug that surfaced here.</summary>
    public Exception? LastFault { get; private set; }

    public bool TryTake(out DtlsOutcome outcome) => _outcomes.TryDequeue(out outcome);

    public void Enqueue(in DtlsOrder order)
    {
        lock (_gate)
        {
            _orders.Enqueue(order);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Carries out what is waiting, then ends. Outcomes may still be taken.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Loop()
    {
        Libc.SetNiceness(Niceness);
        var tick = Stopwatch.StartNew();
        while (true)
        {
            DtlsOrder? order = null;
            lock (_gate)
            {
                if (_orders.Count == 0 && !_stopping)
                {
                    // Waking the media thread once for all that was done meanwhile.
                    if (_hasOutcome)
                        _wake();
                    _hasOutcome = false;
                    Monitor.Wait(_gate, _handshaking.Count == 0 ? Timeout.Infinite : TickMilliseconds);
                }

                if (_orders.TryDequeue(out var next))
                    order = next;
                else if (_stopping)
                    return;
            }

            try
            {
                if (order is { } given)
                    CarryOut(given);
                if (_handshaking.Count > 0 && tick.ElapsedMilliseconds >= TickMilliseconds)
                {
                    tick.Restart();
                    Tick();
                }
            }
            catch (Exception fault)
            {
                // A bug in one handshake: it ends by its time-out, the others go on.
                LastFault = fault;
            }
        }
    }

    private void CarryOut(in DtlsOrder order)
    {
        var association = order.Association;
        try
        {
            if (order.Kind == DtlsOrderKind.Close)
            {
                Close(association);
                return;
            }

            var session = association.Session;
            if (session is null)
            {
                if (order.Kind == DtlsOrderKind.Send)
                    return;
                session = association.Session = new(association.Identity.Context, association.Peer);
                session.Data = message => Say(new(association, DtlsOutcomeKind.Data, Copy(message), message.Length));
                _handshaking.Add(association);
            }

            if (order.Kind == DtlsOrderKind.Receive)
                session.Receive(order.Bytes.AsSpan(0, order.Length));
            else
                session.Send(order.Bytes.AsSpan(0, order.Length));
            Tell(association, session);
        }
        finally
        {
            if (order.Bytes is not null)
            {
                association.Done();
                ArrayPool<byte>.Shared.Return(order.Bytes);
            }
        }
    }

    private void Close(DtlsAssociation association)
    {
        _handshaking.Remove(association);
        if (association.Session is { } session)
        {
            session.Close();
            SayOutgoing(association, session);
            session.Dispose();
            association.Session = null;
        }

        association.Identity.Release();
    }

    private void Tick()
    {
        for (var i = _handshaking.Count - 1; i >= 0; i--)
        {
            var association = _handshaking[i];
            association.Session!.Tick();
            Tell(association, association.Session);
        }
    }

    private void Tell(DtlsAssociation association, DtlsSession session)
    {
        SayOutgoing(association, session);
        if (association.Told == session.State)
            return;
        association.Told = session.State;
        _handshaking.Remove(association);
        switch (session.State)
        {
            case DtlsState.Established:
                var length = SrtpKeys.ExportLength(session.Profile);
                var keys = ArrayPool<byte>.Shared.Rent(length);
                session.ExportKeys(keys.AsSpan(0, length));
                Say(new(association, DtlsOutcomeKind.Established, keys, length, session.Profile));
                break;
            case DtlsState.Failed:
                Say(new(association, DtlsOutcomeKind.Failed, Detail: session.Detail));
                break;
            default:
                Say(new(association, DtlsOutcomeKind.Closed));
                break;
        }
    }

    private void SayOutgoing(DtlsAssociation association, DtlsSession session)
    {
        Span<byte> datagram = stackalloc byte[ReceiveBatch.MaxDatagram];
        for (var length = session.ReadOutgoing(datagram); length > 0; length = session.ReadOutgoing(datagram))
            Say(new(association, DtlsOutcomeKind.Outgoing, Copy(datagram[..length]), length));
    }

    private void Say(in DtlsOutcome outcome)
    {
        _outcomes.Enqueue(outcome);
        _hasOutcome = true;
    }

    private static byte[] Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }
}
