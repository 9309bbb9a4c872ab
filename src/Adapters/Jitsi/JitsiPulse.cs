using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Does a Jitsi server answer, and does it take our keys? There is no call for either, so it is asked what a browser asks on its way into a room
/// (docs/decisions/0032-is-a-jitsi-server-there.md): its <c>config.js</c>, and then prosody, to whom a token is shown. JaaS shows a token to nobody
/// who does not enter, so of it only the script is asked that 8x8 documents. Lessons that begin at the same moment share a look; what was seen is
/// forgotten with the process.
/// </summary>
public sealed partial class JitsiPulse(JitsiWire wire, TimeProvider time)
{
    /// <summary>As long as a look from the door is good for the one on whom the others wait.</summary>
    private static readonly Duration Fresh = Duration.FromSeconds(3);

    private const int MostRemembered = 1_000;

    private readonly BoshLogin _bosh = new(wire);

    private readonly ConcurrentDictionary<string, Seen> _seen = new();

    private sealed class Seen(Instant at, Func<Task<JitsiSight>> look)
    {
        private readonly Lazy<Task<JitsiSight>> _sight = new(look);

        public Task<JitsiSight> Sight => _sight.Value;

        public bool IsGood(Instant now) => at + Fresh > now || !_sight.IsValueCreated || !_sight.Value.IsCompleted;

        public bool IsOld(Instant now) => at + Fresh * 10 < now;
    }

    /// <param name="tutors">A tutor named the server.</param>
    /// <exception cref="ProviderTrouble">It does not answer as a Jitsi server that lets people in.</exception>
    public async Task<JitsiSight> Ask(JitsiServer server, bool tutors, CancellationToken ct)
    {
        var name = $"{server.Identity} {tutors} {server.Issuer} {server.Audience} {Convert.ToHexString(SHA256.HashData(server.Key.Sign("muse"u8)))}";
        while (true)
        {
            var known = _seen.GetValueOrDefault(name);
            if (known is not null && known.IsGood(Now)) return await known.Sight.WaitAsync(ct);
            // One who goes away does not spoil the look for the others; the wire has a time limit of its own.
            var mine = new Seen(Now, () => Look(server, tutors));
            if (!(known is null ? _seen.TryAdd(name, mine) : _seen.TryUpdate(name, mine, known))) continue;
            Forget();
            return await mine.Sight.WaitAsync(ct);
        }
    }

    /// <summary>Does it also take what anybody could have signed? Then its rooms are open to everybody.</summary>
    /// <exception cref="ProviderTrouble">As with <see cref="Ask"/>.</exception>
    public async Task<bool> TakesAnything(JitsiServer server, bool tutors, CancellationToken ct)
    {
        var forged = server with { Key = JitsiKey.Hs256(Convert.ToHexString(RandomNumberGenerator.GetBytes(32)))! };
        return (await Ask(forged, tutors, ct)).Keys is KeysSeen.Taken;
    }

    private async Task<JitsiSight> Look(JitsiServer server, bool tutors)
    {
        await Task.Yield();
        var ct = CancellationToken.None;
        if (server.IsJaas)
        {
            await Script(server, tutors, "external_api.js", ct);
            return new JitsiSight(KeysSeen.Unseen);
        }
        var config = await Script(server, tutors, "config.js", ct);
        return await _bosh.Try(server, tutors, XmppHostIn(config) ?? server.BaseUrl.Host, JitsiToken.ToAsk(server, BoshLogin.Room, Now), ct);
    }

    /// <summary>Without it no browser shows a room.</summary>
    private async Task<string> Script(JitsiServer server, bool tutors, string file, CancellationToken ct)
    {
        var reply = await wire.Exchange(tutors, HttpMethod.Get, new Uri(server.AddressOf(file)), null, ct);
        if (reply.Status != 200) throw new ProviderTrouble("provider_error", $"The Jitsi server answers {reply.Status} for {file}.");
        // A page in its place is one that stands there while the server is away, or another server's.
        return reply.Text.TrimStart() is { Length: > 0 } script && script[0] != '<' ? script
            : throw new ProviderTrouble("unreadable_answer", $"What the server gives as {file} is none of Jitsi.");
    }

    private static string? XmppHostIn(string config)
    {
        try
        {
            // What is written last counts.
            return XmppHost().Matches(config) is [.., var found] ? found.Groups["host"].Value : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private void Forget()
    {
        if (_seen.Count <= MostRemembered) return;
        foreach (var (name, seen) in _seen)
            if (seen.IsOld(Now)) _seen.TryRemove(name, out _);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    // Debian's package writes hosts: { domain: '…' }, jitsi's Docker config.hosts.domain = '…'; the latter's is no name of the web. What stands behind
    // a // does not count.
    [GeneratedRegex("""(?:\bhosts\s*[:=]\s*\{(?:[^}]{0,2000}?(?:,|^))?\s*domain\s*:|^[^/\n]*\bhosts\.domain\s*=)\s*['"](?<host>[A-Za-z0-9.-]{1,253})['"]""", RegexOptions.Multiline, matchTimeoutMilliseconds: 500)]
    private static partial Regex XmppHost();
}
