using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Dtls;

public sealed class DtlsSessionTests : IDisposable
{
    private static readonly SrtpProfile[] Both = [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1];

    private readonly DtlsCertificate _serverCertificate = DtlsCertificate.Create(TimeProvider.System);
    private readonly DtlsCertificate _clientCertificate = DtlsCertificate.Create(TimeProvider.System);
    private readonly List<IDisposable> _disposables = [];

    [Theory]
    [InlineData(true, SrtpProfile.AeadAes128Gcm)]
    [InlineData(false, SrtpProfile.Aes128CmSha1)]
    public void Both_ends_get_the_same_keys_and_the_servers_order_decides_the_profile(bool gcmFirst, SrtpProfile expected)
    {
        var (server, client) = Pair(gcmFirst ? Both : [.. Both.Reverse()]);
        client.Begin();
        Exchange(server, client);

        Assert.Equal(DtlsState.Established, server.State);
        Assert.Equal(DtlsState.Established, client.State);
        Assert.Equal(expected, server.Profile);
        Assert.Equal(expected, client.Profile);
        var (ours, theirs) = (new byte[SrtpKeys.ExportLength(expected)], new byte[SrtpKeys.ExportLength(expected)]);
        server.ExportKeys(ours);
        client.ExportKeys(theirs);
        Assert.Equal(ours, theirs);
        Assert.NotEqual(new byte[ours.Length], ours);
    }

    [Fact]
    public void A_certificate_that_is_not_the_one_in_the_offer_gets_no_keys()
    {
        var (server, client) = Pair(Both, expectedClient: DtlsCertificate.Create(TimeProvider.System).Fingerprint);
        client.Begin();
        Exchange(server, client);
        Assert.Equal(DtlsState.Failed, server.State);
        Assert.Throws<InvalidOperationException>(() => server.ExportKeys(new byte[60]));
    }

    [Fact]
    public void No_profile_in_common_fails()
    {
        var (server, client) = Pair([SrtpProfile.AeadAes128Gcm], clientProfiles: [SrtpProfile.Aes128CmSha1]);
        client.Begin();
        Exchange(server, client);
        Assert.NotEqual(DtlsState.Established, server.State);
    }

    [Fact]
    public void Every_datagram_fits_the_MTU()
    {
        var (server, client) = Pair(Both);
        client.Begin();
        Exchange(server, client, datagram =>
        {
            Assert.InRange(datagram.Length, 14, DtlsSession.Mtu);
            return true;
        });
        Assert.Equal(DtlsState.Established, server.State);
    }

    [Fact]
    public void A_lost_server_flight_is_sent_again_after_a_tenth_of_a_second()
    {
        var (server, client) = Pair(Both);
        client.Begin();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var datagram in Outgoing(client))
            server.Receive(datagram);
        Assert.NotEmpty(Outgoing(server));

        // Polled as the media thread does: OpenSSL's own first timeout would be a second. For how long this thread did not come to polling
        // says nothing against the server.
        List<byte[]> again = [];
        var (polledAt, longestGap) = (clock.ElapsedMilliseconds, clock.ElapsedMilliseconds);
        while (again.Count == 0 && clock.ElapsedMilliseconds < 30_000)
        {
            Thread.Yield();
            server.Tick();
            again = Outgoing(server);
            longestGap = Math.Max(longestGap, clock.ElapsedMilliseconds - polledAt);
            polledAt = clock.ElapsedMilliseconds;
        }

        Assert.InRange(clock.ElapsedMilliseconds, 50, 900 + longestGap);
        foreach (var datagram in again)
            client.Receive(datagram);
        while (server.State == DtlsState.Handshaking && clock.ElapsedMilliseconds < 60_000)
        {
            client.Tick();
            Exchange(server, client);
        }

        Assert.Equal(DtlsState.Established, server.State);
    }

    [Fact]
    public void A_close_is_seen_by_the_other_end()
    {
        var (server, client) = Pair(Both);
        client.Begin();
        Exchange(server, client);
        client.Close();
        foreach (var datagram in Outgoing(client))
            server.Receive(datagram);
        Assert.Equal(DtlsState.Closed, server.State);
    }

    [Fact]
    public void A_peer_that_never_ends_its_handshake_is_given_up()
    {
        var (server, _) = Pair(Both);
        var noise = new byte[] { 22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
        for (var i = 0; i < 300; i++)
            server.Receive(noise);
        Assert.Equal(DtlsState.Failed, server.State);
    }

    [Fact]
    public void No_input_makes_a_session_throw()
    {
        var (server, client) = Pair(Both);
        client.Begin();
        var hello = Outgoing(client);
        var count = 0;
        foreach (var input in Fuzzing.Inputs([.. hello]).Take(Fuzzing.Rounds / 10))
        {
            if (count++ % 50 == 0)
                (server, _) = Pair(Both);
            server.Receive(input);
            Outgoing(server);
            server.Tick();
        }
    }

    [Fact]
    public void A_fingerprint_is_read_in_either_case_and_only_whole()
    {
        var text = _serverCertificate.Fingerprint.ToString();
        Assert.True(Fingerprint.TryParse(text, out var upper));
        Assert.True(Fingerprint.TryParse(text.ToLowerInvariant(), out var lower));
        Assert.True(upper!.Equals(lower!));
        Assert.True(upper.Matches(_serverCertificate.Certificate));
        Assert.False(upper.Matches(_clientCertificate.Certificate));
        Assert.False(Fingerprint.TryParse(text.AsSpan(0, text.Length - 1), out _));
        Assert.False(Fingerprint.TryParse(text.Replace(':', '-'), out _));
        Assert.False(Fingerprint.TryParse("Z" + text[1..], out _));
    }

    public void Dispose()
    {
        foreach (var disposable in Enumerable.Reverse(_disposables))
            disposable.Dispose();
    }

    private (DtlsSession Server, DtlsSession Client) Pair(
        SrtpProfile[] profiles, Fingerprint? expectedClient = null, SrtpProfile[]? clientProfiles = null)
    {
        var serverContext = new DtlsContext(_serverCertificate, profiles);
        var clientContext = new DtlsContext(_clientCertificate, clientProfiles ?? Both, asClient: true);
        var server = new DtlsSession(serverContext, expectedClient ?? _clientCertificate.Fingerprint);
        var client = new DtlsSession(clientContext, _serverCertificate.Fingerprint);
        _disposables.AddRange([serverContext, clientContext, server, client]);
        return (server, client);
    }

    private static void Exchange(DtlsSession server, DtlsSession client, Func<byte[], bool>? filter = null)
    {
        for (var round = 0; round < 20; round++)
        {
            foreach (var datagram in Outgoing(client).Where(each => filter?.Invoke(each) ?? true))
                server.Receive(datagram);
            foreach (var datagram in Outgoing(server).Where(each => filter?.Invoke(each) ?? true))
                client.Receive(datagram);
        }
    }

    private static List<byte[]> Outgoing(DtlsSession session)
    {
        var datagrams = new List<byte[]>();
        var buffer = new byte[2_048];
        for (var length = session.ReadOutgoing(buffer); length > 0; length = session.ReadOutgoing(buffer))
            datagrams.Add(buffer[..length]);
        return datagrams;
    }
}
