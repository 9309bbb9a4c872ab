using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class HandshakesTests
{
    [Fact]
    public async Task New_connections_get_a_new_certificate_and_old_ones_keep_theirs()
    {
        await using var media = new MediaFixture(new() { CertificateLifetime = TimeSpan.FromMilliseconds(1) });
        var old = media.Peer();
        var participant = await media.Join();
        var first = (await participant.Publish(old.Offer("sendonly", "audio"))).Value;
        old.Connect(first);

        var before = await media.Server.Thread.Run(() => media.Server.Thread.Identity);
        await media.Until(_ => media.Server.Thread.Identity != before);
        var (_, subscriber, answer) = await media.Subscriber();
        Assert.NotEqual(Fingerprint(first), Fingerprint(answer));

        var again = (await participant.Publish(old.Offer("sendonly", "audio"))).Value;
        Assert.Equal(Fingerprint(first), Fingerprint(again));
        old.SendRtp(1, 1, 111, 0, [1], mid: "0");
        Assert.Equal([1], subscriber.ReceiveRtp(sequence => sequence).Payload);

        Assert.False(before.IsGone);
        await participant.Leave();
        await media.Until(_ => before.IsGone);
    }

    [Fact]
    public async Task A_certificate_that_changes_between_answer_and_handshake_does_not_hurt_it()
    {
        await using var media = new MediaFixture(new() { CertificateLifetime = TimeSpan.FromMilliseconds(1) });
        var peer = media.Peer();
        var answer = (await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value;
        var before = await media.Server.Thread.Run(() => media.Server.Thread.Identity);
        await media.Until(_ => media.Server.Thread.Identity != before);
        peer.Connect(answer);
        await media.Fact<ConnectionChanged>(changed => changed.State == ConnectionState.Connected);
    }

    [Fact]
    public async Task Many_packets_that_do_not_open_are_an_alarm_once_a_minute()
    {
        await using var media = new MediaFixture();
        var (participant, publisher) = await media.Publisher(null, "audio");
        var damaged = publisher.Protect(1, 1, 111, 0, [5], mid: "0");
        damaged[^1] ^= 1;
        for (var round = 1; round <= 2; round++)
        {
            for (var i = 0; i < AuthenticationWatch.Threshold * 2; i++)
                publisher.SendRaw(damaged);
            await media.Until(statistics => statistics.DroppedUnauthentic == AuthenticationWatch.Threshold * 2 * round);
            // Two turns of the second's clock.
            var ticks = media.Server.Thread.Now;
            await media.Until(_ => media.Server.Thread.Now > ticks + 2_000);
        }

        var alarm = await media.Fact<AuthenticationFailing>();
        Assert.Equal((participant.Id, ConnectionKind.Publish), (alarm.ParticipantId, alarm.Kind));
        Assert.InRange(alarm.Packets, AuthenticationWatch.Threshold, AuthenticationWatch.Threshold * 2);
        Assert.Equal(1, media.Server.Statistics.AuthenticationAlarms);
    }

    [Fact]
    public void A_few_refused_packets_are_no_alarm_and_after_a_minute_there_may_be_another()
    {
        var watch = new AuthenticationWatch();
        Refuse(AuthenticationWatch.Threshold - 1);
        Assert.False(watch.IsAlarm(0, out _));
        Refuse(AuthenticationWatch.Threshold);
        Assert.True(watch.IsAlarm(1_000, out var refused));
        Assert.Equal(AuthenticationWatch.Threshold, refused);
        Refuse(AuthenticationWatch.Threshold);
        Assert.False(watch.IsAlarm(2_000, out _));
        Assert.False(watch.IsAlarm(61_000, out _));
        Refuse(AuthenticationWatch.Threshold);
        Assert.True(watch.IsAlarm(62_000, out _));

        void Refuse(int times)
        {
            for (var i = 0; i < times; i++)
                watch.Refuse();
        }
    }

    private static string Fingerprint(string answer) =>
        answer.Split("\r\n").First(line => line.StartsWith("a=fingerprint:", StringComparison.Ordinal));
}
