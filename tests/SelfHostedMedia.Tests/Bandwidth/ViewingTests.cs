using System.Diagnostics;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class ViewingTests
{
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public async Task A_hidden_picture_is_not_sent_and_comes_back_at_a_key_frame_when_it_is_shown()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (viewer, subscriber, _) = await media.Subscriber();
        var track = media.Room.Tracks[0].Id;
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        subscriber.ReceiveRtp(sequence => sequence);

        await viewer.View(track, 0);
        var hidden = await media.Fact<PictureChanged>();
        Assert.Equal((viewer.Id, track, PictureState.Hidden), (hidden.ParticipantId, hidden.TrackId, hidden.State));
        publisher.SendRtp(Video, 2, 96, 3_000, KeyFrame);
        Assert.True(subscriber.HasNothingWithin(100, DatagramKind.Rtp));

        await viewer.View(track, 720);
        Assert.Equal(PictureState.Whole, (await media.Fact<PictureChanged>()).State);
        publisher.SendRtp(Video, 3, 96, 6_000, [0x10, 0x01, 9]);
        publisher.SendRtp(Video, 4, 96, 9_000, KeyFrame);
        Assert.Equal(KeyFrame, subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task What_is_said_of_a_track_before_it_is_subscribed_to_holds_and_of_no_track_is_ignored()
    {
        await using var media = new MediaFixture();
        await media.Publisher(null, "video");
        var viewer = await media.Join();
        await viewer.View(media.Room.Tracks[0].Id, 100_000);
        await viewer.View(Guid.NewGuid(), 90);
        Assert.Equal(4_320, viewer.ViewedHeight(media.Room.Tracks[0].Id));
        Assert.Equal(int.MaxValue, viewer.ViewedHeight(Guid.NewGuid()));
    }

    /// <summary>The least of all lines was told to the publisher, the audience's too: one listener on 20 kbit/s brought a teacher's picture down to
    /// 480 kbit/s for the student.</summary>
    [Fact]
    public async Task One_of_the_audience_on_a_thin_line_takes_nothing_from_the_others_picture()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        // Says nothing of its line, so that nothing but the listener could make the picture smaller.
        using var student = new TestPeer();
        await media.Subscriber(student);
        using var player = new TestPeer { TransportId = 7 };
        var listener = (await media.Room.Join(Guid.NewGuid(), "one of a thousand", ParticipantRole.Listener)).Value;
        player.Connect((await listener.Subscribe(player.Offer("recvonly", "video"), new Dictionary<string, Guid> { ["0"] = media.Room.Tracks[0].Id })).Value);
        await media.HasKeys(listener, ConnectionKind.Subscribe);
        using var stop = new CancellationTokenSource();
        var line = Task.Run(() => new ThinLine { Rate = 20_000 }.Report(player, stop.Token));
        var payload = new byte[1_100];
        (payload[0], payload[1]) = (0x10, 0x01);
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        var limits = new List<long>();
        var clock = Stopwatch.StartNew();
        var index = 1L;
        // Until the listener's line has been found out; its picture is given up for good, and the sound has the line.
        while (clock.Elapsed < TimeSpan.FromSeconds(30) && (limits.Count < 5 || !IsPaused()))
        {
            for (var i = 0; i < 100; i++)
            {
                index++;
                publisher.SendRtp(Video, index, 96, (uint)(index * 500), payload, mid: index < 10 ? "0" : null);
                while (index * payload.Length * 8 > clock.Elapsed.TotalSeconds * 2_000_000)
                    Thread.Sleep(1);
            }

            Assert.True(ReceiverBitrateLimit.TryRead(15, publisher.ReceiveRtcp(206, 15), out var limit));
            limits.Add(limit);
        }

        await stop.CancelAsync();
        await line.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(IsPaused(), "The listener's line was never found out.");
        Assert.Single(limits.Distinct());

        bool IsPaused() => media.Server.Thread.Connections.OfType<Subscriber>()
            .Any(each => each.IsAudience && each.Subscriptions.Any(subscription => subscription.Picture == PictureState.Paused));
    }

    /// <summary>The estimate of a line from which nothing comes any more falls each second, and it was told to the publisher until the seat was
    /// given up: a cousin who closed the lid took the picture from everybody.</summary>
    [Fact]
    public async Task Who_vanishes_on_a_thin_line_takes_nothing_from_the_others_picture_any_longer()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        using var student = new TestPeer { TransportId = 7 };
        await media.Subscriber(student);
        using var cousin = new TestPeer { TransportId = 7 };
        await media.Subscriber(cousin);
        using var stop = new CancellationTokenSource();
        using var lid = new CancellationTokenSource();
        var staying = Task.Run(() => new ThinLine { Rate = 50_000_000 }.Report(student, stop.Token));
        var vanishing = Task.Run(() => new ThinLine { Rate = 400_000 }.Report(cousin, lid.Token));
        var payload = new byte[1_100];
        (payload[0], payload[1]) = (0x10, 0x01);
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        var clock = Stopwatch.StartNew();
        var index = 1L;
        var full = media.Room.Profile.MaxVideoBitrate;
        var limit = long.MaxValue;
        // The other's line is believed in by then, too.
        for (var thinFor = 0; thinFor < 6; thinFor = limit <= full / 2 ? thinFor + 1 : 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{limit} of {full}: the thin line was never found out.");
            Send();
        }

        await lid.CancelAsync();
        await vanishing.WaitAsync(TimeSpan.FromSeconds(20));
        var thin = limit;
        clock.Restart();
        var before = index;
        while (clock.Elapsed < TimeSpan.FromSeconds(30) && limit < full * 0.9) Send(before);
        // Once its connection is given up it is out of the count in any case.
        Assert.Equal(2, media.Server.Thread.Connections.OfType<Subscriber>().Count());
        await stop.CancelAsync();
        await staying.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(limit >= full * 0.9, $"{limit} of {full}, {thin} while the line was there.");

        void Send(long since = 0)
        {
            for (var i = 0; i < 100; i++)
            {
                index++;
                publisher.SendRtp(Video, index, 96, (uint)(index * 500), payload, mid: index < 10 ? "0" : null);
                while ((index - since) * payload.Length * 8 > clock.Elapsed.TotalSeconds * 2_000_000)
                    Thread.Sleep(1);
            }

            Assert.True(ReceiverBitrateLimit.TryRead(15, publisher.ReceiveRtcp(206, 15), out limit));
        }
    }

    /// <summary>A line of 800 kbit/s, made by a viewer that reports what such a line would do to the packets.</summary>
    [Fact]
    public async Task A_lone_viewers_thin_line_is_told_to_the_publisher()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        using var subscriber = new TestPeer { TransportId = 7 };
        await media.Subscriber(subscriber);
        var line = new ThinLine { Rate = 800_000 };
        using var stop = new CancellationTokenSource();
        var viewing = Task.Run(() => line.Report(subscriber, stop.Token));
        var limits = new List<long>();
        var listening = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.True(ReceiverBitrateLimit.TryRead(15, publisher.ReceiveRtcp(206, 15), out var limit));
                lock (limits)
                    limits.Add(limit);
            }
        });

        var payload = new byte[1_100];
        (payload[0], payload[1]) = (0x10, 0x01);
        var clock = Stopwatch.StartNew();
        long index = 0;
        publisher.SendRtp(Video, ++index, 96, 0, KeyFrame, mid: "0");
        // As a rule within five seconds; a machine that does not let the viewer report takes longer.
        for (var second = 0; second < 30 && (second < 5 || Last() > 1_250_000); second++)
            Send(1, 2_000_000);
        Assert.InRange(Last(), 300_000, 1_250_000);

        stop.Cancel();
        await Task.WhenAll(viewing, listening).WaitAsync(TimeSpan.FromSeconds(20));

        long Last()
        {
            lock (limits)
                return limits.LastOrDefault(long.MaxValue);
        }

        void Send(double seconds, long bitrate)
        {
            var end = clock.Elapsed.TotalSeconds + seconds;
            while (clock.Elapsed.TotalSeconds < end)
            {
                index++;
                publisher.SendRtp(Video, index, 96, (uint)(index * 500), payload, mid: index < 10 ? "0" : null);
                while (index * payload.Length * 8 > clock.Elapsed.TotalSeconds * bitrate)
                    Thread.Sleep(1);
            }
        }
    }
}
