using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>Each fault at each call of each verb: after the errand's later attempts there is one meeting at the right time, or none where none should be.</summary>
public sealed class ZoomFaultsTests
{
    public static TheoryData<Fault> All => [.. Enum.GetValues<Fault>()];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Whatever_breaks_while_arranging_there_is_one_meeting_in_the_end(Fault fault)
    {
        await using var scene = await ZoomScene.OpenAsync();
        var faults = 0;
        foreach (var (method, path) in new[] { ("POST", "/oauth/token"), ("POST", "/meetings"), ("GET", "/meetings") })
        {
            var order = scene.Order();
            scene.Zoom.Faults.Next(fault, method, path);

            var answer = await Settle(scene, server => server.Arrange(order, default));

            Struck(scene, ++faults);
            // Only a token that Zoom refuses to give is a failure that does not pass.
            var fails = (fault, path) == (Fault.Unauthorized, "/oauth/token");
            Assert.Equal((!fails, fails ? MeetingAnswer.NotPermittedCode : null), (answer.Place is not null, answer.FailureCode));
            Assert.Equal(fails ? 0 : 1, scene.Zoom.CountOfLesson(order.LessonId));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Whatever_breaks_while_moving_the_meeting_is_at_the_new_time_in_the_end(Fault fault)
    {
        await using var scene = await ZoomScene.OpenAsync();
        var faults = 0;
        foreach (var method in new[] { "GET", "PATCH" })
        {
            var order = scene.Order();
            var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
            scene.Zoom.Faults.Next(fault, method, "/meetings");

            var answer = await Settle(scene, server => server.Move(order with { DurationMinutes = 90 }, reference, default));

            Struck(scene, ++faults);
            Assert.Equal((reference, null), (answer.Place?.Reference, answer.FailureCode));
            Assert.Equal(90, scene.Zoom.Meetings.Single(m => m.Id.ToString() == reference).Duration);
            Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Whatever_breaks_while_withdrawing_nothing_is_left_in_the_end(Fault fault)
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Zoom.Faults.Next(fault, "DELETE", "/meetings");

        var answer = await Settle(scene, server => server.Withdraw(order, reference, default));

        Struck(scene, 1);
        Assert.Null(answer.FailureCode);
        Assert.Equal(0, scene.Zoom.CountOfLesson(order.LessonId));
    }

    [Fact]
    public async Task Random_faults_in_a_row_never_make_two_meetings()
    {
        var random = new Random(20_261_122);
        await using var scene = await ZoomScene.OpenAsync(s => s["Meetings:Zoom:WritesPerDay"] = "10000");
        scene.Zoom.WritesPerDay = 10_000;
        // Waiting for an answer that never comes has tests of its own.
        var faults = Enum.GetValues<Fault>().Where(f => f is not (Fault.SilentBefore or Fault.SilentAfter or Fault.SlowBody)).ToArray();
        for (var run = 0; run < 40; run++)
        {
            var order = scene.Order();
            var tokenRefused = false;
            for (var i = random.Next(4); i >= 0; i--)
            {
                var (fault, method, path) = (faults[random.Next(faults.Length)], new[] { "GET", "POST", "PATCH" }[random.Next(3)], random.Next(4) == 0 ? "/oauth" : "/meetings");
                tokenRefused |= (fault, method, path) == (Fault.Unauthorized, "POST", "/oauth");
                scene.Zoom.Faults.Next(fault, method, path);
            }

            var answer = await Settle(scene, server => server.Arrange(order, default));
            if (answer.Place is null) Assert.Equal((true, MeetingAnswer.NotPermittedCode), (tokenRefused, answer.FailureCode));
            Assert.Equal(answer.Place is null ? 0 : 1, scene.Zoom.CountOfLesson(order.LessonId));
            scene.Zoom.Faults.Clear();
        }
        Assert.InRange(scene.Zoom.Faults.Met, 40, int.MaxValue);
    }

    /// <summary>Each planned fault met its request, so what follows was seen under it.</summary>
    private static void Struck(ZoomScene scene, int faults) => Assert.Equal((faults, 0), (scene.Zoom.Faults.Met, scene.Zoom.Faults.Left));

    /// <summary>As the errand does it: again after trouble, each time by a server without memory.</summary>
    private static async Task<MeetingAnswer> Settle(ZoomScene scene, Func<ZoomMeetings, Task<MeetingAnswer>> act)
    {
        for (var attempt = 1; ; attempt++)
        {
            var acting = act(scene.Server());
            while (await Task.WhenAny(acting, Task.Delay(700)) != acting)
                // Nobody answers: the time-out has to come.
                scene.Advance(TimeSpan.FromSeconds(11));
            try
            {
                return await acting;
            }
            catch (ProviderTrouble) when (attempt < 8)
            {
                scene.Advance(TimeSpan.FromSeconds(10));
            }
        }
    }
}
