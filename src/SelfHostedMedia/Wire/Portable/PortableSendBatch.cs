using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire.Portable;

/// <summary>Sent one by one.</summary>
internal sealed unsafe class PortableSendBatch(PortablePort port) : SendBatch
{
    private readonly SocketAddress _name = SocketName.Of(port.UsesIPv6);

    protected override void SendRuns(ReadOnlySpan<Run> runs)
    {
        var patience = MaxPatienceMilliseconds;
        foreach (ref readonly var run in runs)
        {
            SocketName.Write(_name, run.To);
            while (!TrySend(run, out var isFull))
            {
                if (!isFull || patience-- == 0)
                {
                    CountFailed(run.Segments);
                    break;
                }

                port.Socket.Poll(1_000, SelectMode.SelectWrite);
            }
        }
    }

    private bool TrySend(in Run run, out bool isFull)
    {
        isFull = false;
        try
        {
            port.Socket.SendTo(new ReadOnlySpan<byte>(Start(run), run.Length), SocketFlags.None, _name);
            CountSent(run);
            return true;
        }
        catch (SocketException error)
        {
            isFull = error.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable;
            return false;
        }
    }
}
