using System.Net;
using System.Net.Sockets;

namespace Muse.Api.Rooms;

/// <summary>Bounds the signalling sockets: in all, of one address, and of those who have not shown a ticket yet (docs/protocol.md §6).</summary>
public sealed class Doorkeeper(RoomsOptions options)
{
    public const int MostUnjoined = 256;
    public const int MostUnjoinedOfOneAddress = 16;

    private sealed class Visitors
    {
        public int All;
        public int Unjoined;
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Visitors> _byAddress = [];
    private int _all;
    private int _unjoined;

    public int Open
    {
        get
        {
            lock (_gate) return _all;
        }
    }

    /// <summary>A visit to be disposed when the socket closes, or null and the reason why not.</summary>
    public Visit? Enter(IPAddress? address, out Dropped reason)
    {
        var key = NetworkOf(address ?? IPAddress.None);
        reason = default;
        lock (_gate)
        {
            var visitors = _byAddress.GetValueOrDefault(key);
            Dropped? refused = _all >= options.MaxSockets ? Dropped.Sockets
                : visitors?.All >= options.MaxSocketsPerAddress ? Dropped.Address
                : _unjoined >= MostUnjoined || visitors?.Unjoined >= MostUnjoinedOfOneAddress ? Dropped.Unjoined
                : null;
            if (refused is not null)
            {
                reason = refused.Value;
                return null;
            }
            visitors ??= _byAddress[key] = new Visitors();
            visitors.All++;
            visitors.Unjoined++;
            _all++;
            _unjoined++;
            return new Visit(this, key, visitors);
        }
    }

    // One household or host owns a /64 (RFC 6177 §2), so single IPv6 addresses would bound nothing.
    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    public sealed class Visit : IDisposable
    {
        private readonly Doorkeeper _keeper;
        private readonly IPAddress _key;
        private readonly Visitors _visitors;
        private bool _joined;
        private bool _gone;

        internal Visit(Doorkeeper keeper, IPAddress key, object visitors)
        {
            (_keeper, _key, _visitors) = (keeper, key, (Visitors)visitors);
        }

        /// <summary>The visitor has shown a good ticket.</summary>
        public void Joined()
        {
            lock (_keeper._gate)
            {
                if (_joined || _gone) return;
                _joined = true;
                _visitors.Unjoined--;
                _keeper._unjoined--;
            }
        }

        public void Dispose()
        {
            lock (_keeper._gate)
            {
                if (_gone) return;
                _gone = true;
                if (!_joined)
                {
                    _visitors.Unjoined--;
                    _keeper._unjoined--;
                }
                _keeper._all--;
                if (--_visitors.All == 0) _keeper._byAddress.Remove(_key);
            }
        }
    }
}
