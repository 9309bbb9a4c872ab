using System.Diagnostics;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Dtls;

public sealed class DtlsThreadTests : IDisposable
{
    private static readonly SrtpProfile[] Profiles = [SrtpProfile.AeadAes128Gcm];
    private readonly DtlsIdentity _identity = DtlsIdentity.Create(TimeProvider.System, Profiles);
    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(TimeProvider.System);
    private readonly DtlsContext _context;
    private readonly SemaphoreSlim _woken = new(0);
    private readonly DtlsThread _thread;

    public DtlsThreadTests()
    {
        _context = new(_certificate, Profiles, asClient: true);
        _thread = new(() => _woken.Release());
    }

    [Fact]
    public void Both_sides_come_to_the_same_keys()
    {
        using var client = Client();
        var association = Association();
        var keys = Shake(client, association);
        var mine = new byte[keys.Length];
        client.ExportKeys(mine);
        Assert.Equal(mine, keys);
        association.Close();
    }

    [Fact]
    public void Handshakes_side_by_side_do_not_mix()
    {
        var clients = Enumerable.Range(0, 10).Select(_ => Client()).ToList();
        var associations = clients.ConvertAll(_ => Association());
        var done = new Dictionary<DtlsAssociation, byte[]>();
        clients.ForEach(client => client.Begin());
        var clock = Stopwatch.StartNew();
        while (done.Count < clients.Count && clock.ElapsedMilliseconds < 10_000)
        {
            for (var i = 0; i < clients.Count; i++)
                Send(clients[i], associations[i]);
            _woken.Wait(50);
            while (_thread.TryTake(out var outcome))
            {
                if (outcome.Kind == DtlsOutcomeKind.Established)
                    done[outcome.Association] = outcome.Content.ToArray();
                else if (outcome.Kind == DtlsOutcomeKind.Outgoing)
                    clients[associations.IndexOf(outcome.Association)].Receive(outcome.Content);
            }
        }

        for (var i = 0; i < clients.Count; i++)
        {
            var mine = new byte[SrtpKeys.ExportLength(SrtpProfile.AeadAes128Gcm)];
            clients[i].ExportKeys(mine);
            Assert.Equal(mine, done[associations[i]]);
            clients[i].Dispose();
        }
    }

    [Fact]
    public void A_client_that_lost_the_last_flight_is_sent_it_again()
    {
        using var client = Client();
        var association = Association();
        client.Begin();
        var isEstablished = false;
        var dropped = 0;
        Pump(client, association, () => client.State == DtlsState.Established, outcome =>
        {
            isEstablished |= outcome.Kind == DtlsOutcomeKind.Established;
            return outcome.Kind == DtlsOutcomeKind.Outgoing && ChangesCipher(outcome.Content) && dropped++ == 0;
        });
        Assert.True(isEstablished);
        Assert.True(dropped >= 2, "The last flight came only once.");
        Assert.Equal(DtlsState.Established, client.State);
    }

    [Fact]
    public void Another_certificate_than_the_offers_fails_and_gives_no_keys()
    {
        using var client = Client();
        var association = new DtlsAssociation(_thread, this, _identity, Fingerprint.Of([1, 2, 3]));
        client.Begin();
        DtlsOutcome? failed = null;
        Pump(client, association, () => failed is not null, outcome =>
        {
            Assert.NotEqual(DtlsOutcomeKind.Established, outcome.Kind);
            if (outcome.Kind == DtlsOutcomeKind.Failed)
                failed = outcome;
            return false;
        });
        Assert.Equal("the certificate is not the one in the offer", failed?.Detail);
    }

    [Fact]
    public void Messages_cross_after_the_handshake()
    {
        using var client = Client();
        var association = Association();
        Shake(client, association);
        var (atServer, atClient) = (new List<byte[]>(), new List<byte[]>());
        client.Data = message => atClient.Add(message.ToArray());
        client.Send([1, 2, 3]);
        association.Send([4, 5]);
        Pump(client, association, () => atServer.Count + atClient.Count == 2, outcome =>
        {
            if (outcome.Kind == DtlsOutcomeKind.Data)
                atServer.Add(outcome.Content.ToArray());
            return false;
        });
        Assert.Equal([1, 2, 3], Assert.Single(atServer));
        Assert.Equal([4, 5], Assert.Single(atClient));
    }

    [Fact]
    public void What_may_wait_for_one_connection_is_bounded_and_closing_frees_it()
    {
        var association = Association();
        var taken = 0;
        for (var i = 0; i < 100_000; i++)
            taken += association.Receive([22, 0xFE, 0xFD, 0, 0]) ? 1 : 0;
        association.Close();
        _identity.Release();
        _thread.Dispose();
        Assert.True(taken >= DtlsAssociation.MaxWaiting);
        Assert.True(_identity.IsGone);
        Assert.Null(_thread.LastFault);
        _identity.Hold();
    }

    public void Dispose()
    {
        _thread.Dispose();
        Assert.Null(_thread.LastFault);
        _context.Dispose();
    }

    private DtlsSession Client() => new(_context, _identity.Fingerprint);

    private DtlsAssociation Association() => new(_thread, this, _identity, _certificate.Fingerprint);

    private byte[] Shake(DtlsSession client, DtlsAssociation association)
    {
        client.Begin();
        byte[]? keys = null;
        Pump(client, association, () => keys is not null && client.State == DtlsState.Established, outcome =>
        {
            if (outcome.Kind == DtlsOutcomeKind.Established)
                keys = outcome.Content.ToArray();
            return false;
        });
        return keys!;
    }

    /// <param name="isLost">True for a datagram that the client shall not get.</param>
    private void Pump(DtlsSession client, DtlsAssociation association, Func<bool> isDone, Func<DtlsOutcome, bool> isLost)
    {
        var clock = Stopwatch.StartNew();
        while (!isDone())
        {
            Assert.True(clock.ElapsedMilliseconds < 10_000, "It did not come to its end.");
            Send(client, association);
            _woken.Wait(20);
            client.Tick();
            while (_thread.TryTake(out var outcome))
            {
                if (!isLost(outcome) && outcome.Kind == DtlsOutcomeKind.Outgoing)
                    client.Receive(outcome.Content);
                outcome.Free();
            }
        }
    }

    /// <summary>One of its records is of type 20: that is the last flight (RFC 6347 §4.2.4).</summary>
    private static bool ChangesCipher(ReadOnlySpan<byte> datagram)
    {
        for (var at = 0; at + 13 <= datagram.Length; at += 13 + ((datagram[at + 11] << 8) | datagram[at + 12]))
        {
            if (datagram[at] == 20)
                return true;
        }

        return false;
    }

    private static void Send(DtlsSession client, DtlsAssociation association)
    {
        var datagram = new byte[2_048];
        for (var length = client.ReadOutgoing(datagram); length > 0; length = client.ReadOutgoing(datagram))
            association.Receive(datagram.AsSpan(0, length));
    }
}
