using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Finds whose packet came from an address that nobody is known by. A NAT that gives a browser another port tells nobody, and the
/// browser's next check may be 2.5 s away; but its next SRTP or SRTCP packet proves who it is as well. Believed is only what is newer than
/// everything heard of its source, from a connection that has fallen silent: a copy of a packet arrives after its original. What strangers
/// can make this cost is bounded by a budget per tick of 10 ms, beyond which their packets cost one look at a table.</summary>
internal sealed class Latching
{
    /// <summary>A connection heard within this time, in milliseconds, has not moved: a publisher sends at least each 20 ms.</summary>
    public const long MinSilence = 20;

    /// <summary>Packets opened per tick from an address of the connection's own IP address, which is what a rebinding looks like.</summary>
    public const int OpeningsNearby = 16;

    /// <summary>The same for other IP addresses.</summary>
    public const int OpeningsElsewhere = 4;

    /// <summary>Connections looked at per tick: all of Chromium's subscribers send their RTCP as SSRC 1.</summary>
    public const int Looks = 2_048;

    private readonly Dictionary<uint, List<Connection>> _bySource = [];
    private readonly byte[] _scratch = new byte[ReceiveBatch.MaxDatagram];
    private int _nearby = OpeningsNearby;
    private int _elsewhere = OpeningsElsewhere;
    private int _looks = Looks;

    /// <summary>SSRCs known, for tests: bounded by what each connection may have.</summary>
    public int Count => _bySource.Count;

    /// <summary>Packets that were opened in vain or not, for tests.</summary>
    public long Opened { get; private set; }

    /// <summary>An authentic packet of this SSRC came over this connection for the first time.</summary>
    public void Learn(uint ssrc, Connection connection)
    {
        ref var connections = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySource, ssrc, out _);
        connections ??= new(1);
        if (!connections.Contains(connection))
            connections.Add(connection);
    }

    public void Forget(uint ssrc, Connection connection)
    {
        if (_bySource.TryGetValue(ssrc, out var connections) && connections.Remove(connection) && connections.Count == 0)
            _bySource.Remove(ssrc);
    }

    /// <summary>Every 10 ms.</summary>
    public void Tick() => (_nearby, _elsewhere, _looks) = (OpeningsNearby, OpeningsElsewhere, Looks);

    /// <returns>The connection that the packet is the newest of; null when there is none, or the budget is spent.</returns>
    public Connection? Find(DatagramKind kind, ReadOnlySpan<byte> packet, in NetworkAddress from, long now)
    {
        if (packet.Length < RtpHeader.FixedLength || packet.Length > _scratch.Length || _looks <= 0)
            return null;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[(kind == DatagramKind.Rtp ? 8 : 4)..]);
        if (!_bySource.TryGetValue(ssrc, out var connections))
            return null;
        RtpHeader header = default;
        if (kind == DatagramKind.Rtp && !RtpHeader.TryParse(packet, out header))
            return null;
        foreach (var connection in connections)
        {
            if (--_looks <= 0)
                return null;
            if (now - connection.HeardAt < MinSilence || !connection.Paths.HasPath || connection.Paths.Remote.IsTcp)
                continue;
            ref var openings = ref connection.Paths.Remote.HasSameHost(from) ? ref _nearby : ref _elsewhere;
            if (openings <= 0 || !connection.MayBeNewer(kind, packet, header))
                continue;
            openings--;
            Opened++;
            if (connection.IsNewer(kind, packet, header, _scratch))
                return connection;
        }

        return null;
    }
}
