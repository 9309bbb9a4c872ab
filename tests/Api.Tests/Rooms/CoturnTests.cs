using System.Diagnostics;
using Muse.Api.Rooms;
using Muse.Given;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>The credentials of <see cref="IceServers"/> and the shipped configuration, held against the real coturn.</summary>
public class CoturnTests
{
    private static readonly Guid Person = Guid.Parse("00000000-0000-7000-8000-000000000001");

    private static Instant Now => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task A_credential_of_Muse_allocates_and_relays()
    {
        await using var coturn = await Start();

        var said = await Relay(coturn, Credential(coturn.Secrets[0], Now));

        Assert.Contains("Total lost packets 0 (0.000000%)", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Cannot complete Allocation", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_and_an_expired_credential_are_refused()
    {
        await using var coturn = await Start();
        var good = Credential(coturn.Secrets[0], Now);
        var expired = Credential(coturn.Secrets[0], Now - Duration.FromHours(2));

        var wrong = await Relay(coturn, good with { Credential = expired.Credential });
        var late = await Relay(coturn, expired);

        Assert.Contains("Cannot complete Allocation", wrong, StringComparison.Ordinal);
        Assert.Contains("Cannot complete Allocation", late, StringComparison.Ordinal);
        Assert.Contains($"Cannot find credentials of user <{expired.Username}>", coturn.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_secret_is_exchanged_credentials_of_both_are_good()
    {
        string[] secrets = ["the-new-secret-of-coturn", "the-old-secret-of-coturn"];
        await using var coturn = await Start(secrets);

        foreach (var secret in secrets)
            Assert.Contains("Total lost packets 0 (0.000000%)", await Relay(coturn, Credential(secret, Now)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_as_it_is_shipped_has_no_secret_and_lets_nobody_in()
    {
        await using var coturn = await Start([]);

        Assert.Contains("Cannot complete Allocation", await Relay(coturn, Credential("north", Now)), StringComparison.Ordinal);
        Assert.Contains("Cannot complete Allocation", await Relay(coturn, Credential("", Now)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_all_addresses_only_the_allowed_one_is_relayed_to()
    {
        await using var coturn = await Start();
        using var client = await TurnClient.Connect(coturn.Port);
        await client.Allocate(Credential(coturn.Secrets[0], Now));

        Assert.Equal(0, await client.Permit("127.0.0.1"));
        Assert.Equal(403, await client.Permit("127.0.0.2"));
        Assert.Equal(403, await client.Permit("8.8.8.8"));
        Assert.Equal(403, await client.Permit("169.254.169.254"));
    }

    [Fact]
    public async Task The_check_that_the_manual_gives_reaches_Muse_on_another_machine_and_tells_a_wrong_address()
    {
        // Relay and Muse have addresses of their own, as on two machines.
        await using var coturn = await Start(allowedPeer: "127.0.0.20");
        var credential = Credential(coturn.Secrets[0], Now);
        using var peer = Process.Start(new ProcessStartInfo("/usr/bin/turnutils_peer", FromManual("turnutils_peer", coturn, credential, "127.0.0.20"))
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Assert.Contains("Total lost packets 0 (0.000000%)",
                await Run(FromManual("turnutils_uclient", coturn, credential, "127.0.0.20")), StringComparison.Ordinal);
            Assert.Contains("channel bind: error 403 (Forbidden IP)",
                await Run(FromManual("turnutils_uclient", coturn, credential, "127.0.0.30")), StringComparison.Ordinal);
            Assert.Contains("channel bind: error 403 (Forbidden IP)", await Relay(coturn, credential), StringComparison.Ordinal);
        }
        finally
        {
            peer.Kill();
            await peer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void The_port_of_the_shipped_file_that_Debians_user_may_not_bind_has_its_right_shipped_beside_it()
    {
        var folder = Path.GetDirectoryName(Coturn.ShippedFile)!;

        Assert.Contains("tls-listening-port=443", File.ReadAllLines(Coturn.ShippedFile));
        Assert.Equal(["[Service]", "AmbientCapabilities=CAP_NET_BIND_SERVICE"],
            File.ReadAllLines(Path.Combine(folder, "port-443.conf")).Where(line => !line.StartsWith('#')));
        Assert.Contains("deploy/coturn/port-443.conf /etc/systemd/system/coturn.service.d/", Manual, StringComparison.Ordinal);
    }

    public static TheoryData<string> SpecialV4 =>
    [
        "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.2", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255",
    ];

    [Fact]
    public async Task With_the_rest_of_the_world_open_every_special_range_is_still_refused()
    {
        await using var coturn = await Start(openToTheWorld: true);
        using var client = await TurnClient.Connect(coturn.Port);
        await client.Allocate(Credential(coturn.Secrets[0], Now));

        foreach (var peer in SpecialV4.Select(row => row.Data))
            Assert.Equal((peer, 403), (peer, await client.Permit(peer)));
        foreach (var peer in new[] { "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0" })
            Assert.Equal((peer, 0), (peer, await client.Permit(peer)));
    }

    [Fact]
    public async Task With_the_rest_of_the_world_open_every_special_range_of_IPv6_is_still_refused()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6 && TurnClient.HasLoopbackV6, "this machine has no IPv6 loopback");
        await using var coturn = await Start(openToTheWorld: true, more: ["relay-ip=::1"]);
        using var client = await TurnClient.Connect(coturn.Port);
        await client.Allocate(Credential(coturn.Secrets[0], Now), v6: true);

        string[] special =
        [
            "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "fc00::1",
            "fd12:3456::1", "fe80::1", "febf::1", "ff02::1",
        ];
        foreach (var peer in special)
            Assert.True(await client.Permit(peer) is 403 or 400, $"{peer} is not refused");
        foreach (var peer in new[] { "2606:4700::1111", "2a00:1450::1", "2001:200::1" })
            Assert.Equal((peer, 0), (peer, await client.Permit(peer)));
    }

    [Fact]
    public void The_shipped_file_denies_every_range_and_leaves_no_console_open()
    {
        var lines = File.ReadAllLines(Coturn.ShippedFile);

        foreach (var wanted in new[]
        {
            "use-auth-secret", "fingerprint", "stale-nonce=600", "no-cli", "no-tcp-relay", "no-multicast-peers", "no-tlsv1", "no-tlsv1_1", "no-rfc5780",
            "denied-peer-ip=0.0.0.0-255.255.255.255", "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "denied-peer-ip=169.254.0.0-169.254.255.255",
        })
            Assert.Contains(wanted, lines);
        Assert.Contains(lines, line => line.StartsWith("user-quota=", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("total-quota=", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("static-auth-secret", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("allow-loopback-peers", StringComparison.Ordinal) || line is "no-auth" or "prometheus");
    }

    private static Task<Coturn> Start(string[]? secrets = null, bool openToTheWorld = false, string allowedPeer = "127.0.0.1", params string[] more)
    {
        Assert.SkipWhen(Coturn.Missing is not null, Coturn.Missing ?? "");
        return Coturn.StartAsync(secrets, allowedPeer, openToTheWorld, more);
    }

    private static string Manual => File.ReadAllText(Path.Combine(Path.GetDirectoryName(Coturn.ShippedFile)!, "..", "..", "docs", "operations.md"));

    /// <summary>The words after a program's name in the manual, with this coturn's address and port and <paramref name="muse"/>'s in place of the examples.</summary>
    private static string[] FromManual(string program, Coturn coturn, IceServer credential, string muse)
    {
        var line = Manual.Split('\n').Single(line => line.StartsWith($"{program} ", StringComparison.Ordinal)).Split('#')[0];
        string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(word => word switch
        {
            "203.0.113.20" => muse,
            "USER" => credential.Username!,
            "CREDENTIAL" => credential.Credential!,
            "turn.example.org" => "127.0.0.1",
            _ => word,
        })];
        return program == "turnutils_uclient" ? ["-p", $"{coturn.Port}", .. words] : words;
    }

    private static IceServer Credential(string secret, Instant lessonEnd) =>
        new IceServers(new TurnOptions { Urls = ["turn:127.0.0.1"], Secrets = [secret] }, TimeProvider.System).ForLesson(Person, lessonEnd) is [var server]
            ? server
            // Signed with nothing, as somebody would who hopes for an empty secret.
            : new IceServer([], $"{(lessonEnd + Duration.FromHours(1)).ToUnixTimeSeconds()}:x", Convert.ToBase64String(new byte[20]));

    /// <summary>Two clients of coturn's own test program send each other a few messages through the relay.</summary>
    private static Task<string> Relay(Coturn coturn, IceServer credential) =>
        Run(["-y", "-n", "3", "-m", "1", "-p", $"{coturn.Port}", "-u", credential.Username!, "-w", credential.Credential!, "127.0.0.1"]);

    private static async Task<string> Run(string[] words)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/turnutils_uclient"), "turnutils_uclient is missing (Debian's package coturn)");
        using var client = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/turnutils_uclient", words)
            { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        client.Start();
        var said = client.StandardOutput.ReadToEndAsync();
        var complained = client.StandardError.ReadToEndAsync();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await client.WaitForExitAsync(enough.Token);
        }
        catch (OperationCanceledException)
        {
            client.Kill();
        }
        return await said + await complained;
    }
}
