using System.Net;
using Muse.SelfHostedMedia.Wire.Linux;
using Muse.SelfHostedMedia.Wire.Portable;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>The one UDP port, and how this machine reads and writes it. The calls are one a batch, never one a packet.</summary>
internal abstract class UdpPort : IDisposable
{
    /// <summary>Large enough for the bursts of a room of a thousand.</summary>
    protected const int BufferBytes = 4 * 1024 * 1024;

    public abstract int Port { get; }

    /// <summary>Each datagram says which of the machine's addresses it came to, and an answer leaves from there.</summary>
    public abstract bool ReportsLocalAddress { get; }

    /// <summary>A message may hold several datagrams, which the kernel cuts apart.</summary>
    public abstract bool KnowsSegments { get; }

    /// <param name="address">Null binds all, IPv6 too where the kernel has it.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="isPortable">By .NET's sockets alone. Elsewhere than on 64-bit Linux there is nothing else.</param>
    public static UdpPort Open(IPAddress? address, int port, bool isPortable = false) =>
        isPortable || !OperatingSystem.IsLinux() || !Environment.Is64BitProcess ? new PortablePort(address, port) : new LinuxPort(address, port);

    /// <summary>The batch that reads this port; to be disposed before it.</summary>
    public abstract ReceiveBatch Reader();

    /// <summary>The batch that writes to this port; to be disposed before it.</summary>
    /// <param name="segments">False never merges, as where the kernel cannot.</param>
    public abstract SendBatch Writer(bool segments = true);

    /// <summary>Sleeps until a datagram or a <see cref="Wake"/> comes, or the time is over.</summary>
    public abstract void Wait(int milliseconds);

    /// <summary>Ends a <see cref="Wait"/> from another thread.</summary>
    public abstract void Wake();

    public abstract void Dispose();
}
