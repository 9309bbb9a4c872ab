using System.Diagnostics;
using System.Net;
using Muse.SelfHostedMedia.Rehearsal;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class RehearsalTests
{
    [Fact]
    public async Task The_server_plays_a_lesson_with_itself_and_leaves_nothing_behind()
    {
        await using var media = new MediaFixture();
        await RehearsedLesson.Hold(media.Server.Rooms, media.Server.Thread, IPAddress.Loopback);

        var seen = media.Server.Statistics;
        Assert.True(seen.ForwardedPackets >= 100, $"{seen}");
        Assert.Equal(0, seen.DroppedUnauthentic);
        Assert.Equal(0, seen.Participants);
        Assert.Equal(0, seen.Connections);
        Assert.Equal(1, seen.Rooms);
        Assert.False(media.Server.Facts.TryRead(out var fact), $"{fact}");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_itself_is_given_up()
    {
        await using var media = new MediaFixture(new() { BindAddress = IPAddress.Loopback });
        var since = Stopwatch.StartNew();
        // Nobody listens there: the check is lost, or refused.
        await Assert.ThrowsAnyAsync<Exception>(() => RehearsedLesson.Hold(media.Server.Rooms, media.Server.Thread, IPAddress.Parse("127.9.9.9")));
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(0, media.Server.Statistics.Participants);
    }
}
