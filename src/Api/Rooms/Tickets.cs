using System.Buffers.Text;
using System.Security.Cryptography;

namespace Muse.Api.Rooms;

/// <summary>What a ticket lets in: one person, in one room, in one role.</summary>
/// <param name="PersonId">Of a guest, who is nobody Muse knows, the guest's own id in this lesson.</param>
/// <param name="GuestLink">The link by which a guest comes.</param>
public sealed record TicketHolder(Guid Room, Guid PersonId, string DisplayName, RoomRole Role, Guid? GuestLink = null)
{
    /// <summary>Whose tickets are counted together: anybody with a guest link can be any number of guests.</summary>
    internal Guid CountedAs => GuestLink ?? PersonId;
}

/// <summary>
/// Join tickets: 256 random bits, good for one join within <see cref="Lifetime"/>. Only hashes are kept, in memory: after a restart
/// the client asks for a new one (docs/protocol.md §1).
/// </summary>
public sealed class Tickets(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
    public const int MostOfOnePerson = 8;
    public const int MostOfOneGuestLink = 64;
    /// <summary>Characters of 256 bits in base64url.</summary>
    public const int SecretLength = 43;
    public const int MostInAll = 10_000;

    private sealed record Issued(TicketHolder Holder, DateTimeOffset Until);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Issued> _issued = [];
    private readonly Queue<(string Key, DateTimeOffset Until)> _byAge = new();
    private readonly Dictionary<Guid, List<string>> _ofPerson = [];

    /// <summary>How many tickets are waiting to be used, expired ones not swept yet included.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _issued.Count;
        }
    }

    /// <summary>A new ticket, 43 base64url characters. The oldest one of the person or the guest link, or of all, makes room when a limit is met.</summary>
    public string Issue(TicketHolder holder)
    {
        var ticket = RandomSecret();
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Sweep(now);
            var most = holder.GuestLink is null ? MostOfOnePerson : MostOfOneGuestLink;
            if (_ofPerson.TryGetValue(holder.CountedAs, out var own) && own.Count >= most) Take(own[0]);
            while (_issued.Count >= MostInAll && _byAge.TryDequeue(out var eldest)) Take(eldest.Key);
            var key = KeyOf(ticket);
            _issued[key] = new Issued(holder, now + Lifetime);
            _byAge.Enqueue((key, now + Lifetime));
            if (!_ofPerson.TryGetValue(holder.CountedAs, out own)) _ofPerson[holder.CountedAs] = own = [];
            own.Add(key);
        }
        return ticket;
    }

    /// <summary>Uses the ticket up, also when it is for another room: whoever shows it in the wrong place has lost it.</summary>
    public TicketHolder? Redeem(string ticket, Guid room)
    {
        lock (_gate)
        {
            return Take(KeyOf(ticket)) is { } issued && issued.Until > time.GetUtcNow() && issued.Holder.Room == room ? issued.Holder : null;
        }
    }

    internal static string RandomSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    // Looking a secret up by its hash leaves no byte-by-byte comparison to time.
    internal static string KeyOf(string secret) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    private void Sweep(DateTimeOffset now)
    {
        while (_byAge.TryPeek(out var eldest) && (eldest.Until <= now || !_issued.ContainsKey(eldest.Key)))
        {
            _byAge.Dequeue();
            Take(eldest.Key);
        }
    }

    // Under the lock.
    private Issued? Take(string key)
    {
        if (!_issued.Remove(key, out var issued)) return null;
        var own = _ofPerson[issued.Holder.CountedAs];
        own.Remove(key);
        if (own.Count == 0) _ofPerson.Remove(issued.Holder.CountedAs);
        return issued;
    }
}
