using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>
/// The errands of one lesson in any order, twice and at once, with providers that fail. Only errands that the test's own call scheduled run here.
/// </summary>
public sealed class SettleMeetingTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private static readonly ProviderTrouble Trouble = new("timed_out", "No answer.");
    private static readonly MeetingAnswer NoLicence = MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, "No licence is left.");

    private Task<string[]> Events(Guid lesson) => server.EventsOf(SettleMeeting.StreamOf(lesson));

    [Fact]
    public async Task An_errand_that_runs_again_after_a_crash_finds_its_first_meeting()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arranged"], await Events(lesson));
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        Assert.Equal(0, await server.OpenAttempts(lesson));
    }

    [Fact]
    public async Task Twenty_errands_at_once_make_one_meeting_and_ask_the_provider_once()
    {
        var lesson = await server.A_lesson();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.Settle(lesson)));
        Assert.Equal(["meeting_arranged"], await Events(lesson));
        Assert.Single(server.Zoom.Asked, asked => asked.Lesson == lesson);
    }

    [Fact]
    public async Task A_lesson_called_off_before_its_meeting_was_arranged_gets_none()
    {
        var lesson = await server.A_lesson();
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        await server.Settle(lesson);
        await server.Settle(lesson);
        Assert.Equal(["meeting_withdrawn"], await Events(lesson));
        Assert.DoesNotContain(server.Zoom.Asked, asked => asked.Lesson == lesson);
    }

    [Fact]
    public async Task A_moved_lesson_takes_its_meeting_along_and_a_cancelled_one_withdraws_it()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        await server.A_day_later(lesson);
        await server.Settle(lesson);
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        await server.Settle(lesson);
        Assert.Equal(["meeting_arranged", "meeting_moved", "meeting_withdrawn"], await Events(lesson));
        Assert.Equal(0, server.Zoom.HeldOf(lesson));
    }

    [Fact]
    public async Task A_provider_that_fails_for_good_is_noted_with_its_code_and_the_next_one_takes_the_lesson()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", NoLicence);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arrangement_failed", "meeting_arranged"], await Events(lesson));
        var arranged = Assert.Single(await server.Happened<MeetingArranged>(lesson));
        Assert.Equal("google-meet", arranged.Provider);
        Assert.Contains(new ProviderReason("zoom", ProviderVerdict.RuledOut, "failed"), arranged.Reasons);
        Assert.Contains(new ProviderReason("built-in", ProviderVerdict.RuledOut, "not_allowed_in_country"), arranged.Reasons);
        // A clear no leaves nothing behind to be swept.
        Assert.Equal(0, await server.Errands(lesson, SweepMeeting.ErrandKind));
    }

    [Fact]
    public async Task What_a_provider_does_not_permit_is_told_to_the_log_once_with_its_reason_and_other_failures_are_not()
    {
        var (lesson, other) = (await server.A_lesson(), await server.A_lesson());
        server.Zoom.Will(lesson, "arrange", NoLicence);
        server.Zoom.Will(other, "arrange", MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Enough for today."));
        foreach (var id in (Guid[])[lesson, other, lesson]) await server.Settle(id);

        Assert.Equal(
            [$"zoom does not permit the meeting of lesson {lesson} (not_permitted): No licence is left."], server.Warned.Where(line => line.Contains($"{lesson}")));
        Assert.DoesNotContain(server.Warned, line => line.Contains($"{other}"));
    }

    [Fact]
    public async Task Trouble_that_passes_costs_time_and_no_second_meeting()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", Trouble, Trouble);
        var again = await server.Settle(lesson);
        Assert.NotNull(again);
        // Another errand in the meantime does not ask again.
        Assert.Equal(again, await server.Settle(lesson));
        Assert.Single(server.Zoom.Asked, asked => asked.Lesson == lesson);
        await server.SettleWithPatience(lesson);
        Assert.Equal(["meeting_troubled", "meeting_troubled", "meeting_arranged"], await Events(lesson));
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        Assert.Equal(0, await server.OpenAttempts(lesson));
    }

    [Fact]
    public async Task After_four_troubles_the_next_provider_takes_the_lesson_and_what_was_left_is_swept()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", Trouble, Trouble, Trouble, Trouble);
        await server.SettleWithPatience(lesson);
        Assert.Equal(["meeting_troubled", "meeting_troubled", "meeting_troubled", "meeting_arrangement_failed", "meeting_arranged"], await Events(lesson));
        Assert.Equal("timed_out", (await server.Happened<MeetingArrangementFailed>(lesson))[0].Code);
        Assert.Equal(1, await server.Errands(lesson, SweepMeeting.ErrandKind));
        await server.EventsAsync();
        Assert.Equal((0, 1), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task Just_before_the_lesson_nobody_waits_for_trouble_to_pass()
    {
        var lesson = await server.A_lesson(Duration.FromMinutes(10));
        server.Zoom.Will(lesson, "arrange", Trouble);
        Assert.Null(await server.Settle(lesson));
        Assert.Equal(["meeting_arrangement_failed", "meeting_arranged"], await Events(lesson));
        await server.EventsAsync();
        Assert.Equal((0, 1), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task What_a_providers_code_did_not_foresee_counts_as_trouble()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", new NotImplementedException());
        await server.SettleWithPatience(lesson);
        Assert.Equal(["meeting_troubled", "meeting_arranged"], await Events(lesson));
        Assert.Equal("provider_error", (await server.Happened<MeetingTroubled>(lesson))[0].Code);
    }

    [Fact]
    public async Task A_lesson_called_off_while_a_provider_has_trouble_leaves_nothing_there()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", Trouble);
        Assert.NotNull(await server.Settle(lesson));
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        await server.Settle(lesson);
        await server.EventsAsync();
        Assert.Equal(["meeting_troubled", "meeting_withdrawn"], await Events(lesson));
        Assert.Equal(0, server.Zoom.HeldOf(lesson));
        Assert.Equal(0, await server.OpenAttempts(lesson));
    }

    [Fact]
    public async Task A_process_that_dies_between_the_answer_and_the_event_leaves_no_stray_when_the_lesson_is_called_off_meanwhile()
    {
        var lesson = await server.A_lesson();
        // As the dead process left it: the attempt is noted, the meeting made, and no event written.
        await server.The<MeetingAttempts>().Begin(lesson, "zoom", CancellationToken.None);
        await server.Zoom.Arrange(await OrderOf(lesson), CancellationToken.None);
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        await server.Settle(lesson);
        await server.EventsAsync();
        Assert.Equal(["meeting_withdrawn"], await Events(lesson));
        Assert.Equal(0, server.Zoom.HeldOf(lesson));
    }

    [Fact]
    public async Task A_sweep_never_touches_the_meeting_in_use()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        await Sweep(lesson, "zoom");
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        Assert.DoesNotContain(server.Zoom.Asked, asked => asked.Lesson == lesson && asked.Verb == "withdraw");
        // Nor one that is being made.
        var next = await server.A_lesson();
        await server.The<MeetingAttempts>().Begin(next, "zoom", CancellationToken.None);
        await Sweep(next, "zoom");
        Assert.DoesNotContain(server.Zoom.Asked, asked => asked.Lesson == next);
    }

    [Fact]
    public async Task What_stays_in_an_account_that_is_gone_is_said_though_the_same_provider_holds_the_lesson_in_another()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var old = (await server.MeetingOf(lesson))!.Reference!;
        server.Zoom.Delete(lesson);
        server.Zoom.Will(lesson, "look", new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode));
        await server.The<LookAtMeeting>().Look(lesson, null, CancellationToken.None);
        Assert.Equal(1, await server.Errands(lesson, SweepMeeting.ErrandKind));
        await server.EventsAsync();
        await Sweep(lesson, "zoom", old);

        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged", "meeting_left_behind"], await Events(lesson));
        var left = Assert.Single(await server.Happened<MeetingLeftBehind>(lesson));
        Assert.Equal(("zoom", old, LostCodes.AccountDisconnected), (left.Provider, left.Reference, left.Code));
        // Whoever asked for it to be taken away might have lost the new one.
        Assert.DoesNotContain(server.Zoom.Asked, asked => asked.Lesson == lesson && asked.Verb == "withdraw");
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        Assert.True((await server.MeetingOf(lesson))!.IsReadyAt("zoom"));
    }

    [Fact]
    public async Task What_stays_in_an_account_that_is_gone_is_not_said_before_it_is_known_where_the_lesson_goes()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var old = (await server.MeetingOf(lesson))!.Reference!;
        server.Zoom.Delete(lesson);
        server.Zoom.Will(lesson, "look", new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode)).Will(lesson, "arrange", Trouble);
        Assert.NotNull(await server.The<LookAtMeeting>().Look(lesson, null, CancellationToken.None));
        // Zoom may find the old one again, when it honours the account after all.
        await Assert.ThrowsAsync<ErrandLater>(() => Sweep(lesson, "zoom", old));
        Assert.Empty(await server.Happened<MeetingLeftBehind>(lesson));
    }

    [Fact]
    public async Task Of_a_meeting_that_somebody_deleted_nothing_is_said_to_stay()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var old = (await server.MeetingOf(lesson))!.Reference!;
        server.Zoom.Delete(lesson);
        await server.The<LookAtMeeting>().Look(lesson, null, CancellationToken.None);
        await Sweep(lesson, "zoom", old);
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(lesson));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sweep_waits_while_the_lesson_may_go_back_to_where_it_did_not_connect(bool anotherTakesIt)
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var reference = (await server.MeetingOf(lesson))!.Reference!;
        await DidNotConnect(lesson);
        await Assert.ThrowsAsync<ErrandLater>(() => Sweep(lesson, "zoom", reference));
        Assert.Equal(1, server.Zoom.HeldOf(lesson));

        if (!anotherTakesIt) server.Meet.Will(lesson, "arrange", NoLicence);
        await server.Settle(lesson);
        await Sweep(lesson, "zoom", reference);
        Assert.Equal(anotherTakesIt ? "google-meet" : "zoom", (await server.MeetingOf(lesson))!.Provider);
        Assert.Equal(anotherTakesIt ? (0, 1) : (1, 0), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task A_sweep_of_a_lesson_that_is_off_does_not_wait()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        await DidNotConnect(lesson);
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        await Sweep(lesson, "zoom");
        Assert.Equal(0, server.Zoom.HeldOf(lesson));
    }

    [Fact]
    public async Task A_sweep_that_cannot_be_made_comes_again()
    {
        var lesson = await server.A_lesson();
        server.Meet.Will(lesson, "withdraw", Trouble, MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Not today."), new ProviderTrouble("too_many_requests", "") { NotBefore = server.Now + Duration.FromMinutes(3) });
        await Assert.ThrowsAsync<ProviderTrouble>(() => Sweep(lesson, "google-meet"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Sweep(lesson, "google-meet"));
        var later = await Assert.ThrowsAsync<ErrandLater>(() => Sweep(lesson, "google-meet"));
        Assert.True(later.Pause > Duration.FromMinutes(2));
        await Sweep(lesson, "google-meet");
    }

    [Theory]
    [InlineData(MeetingAnswer.DisconnectedCode, 1)]
    [InlineData(MeetingAnswer.NotPermittedCode, SweepMeeting.AttemptsNotPermitted)]
    public async Task A_sweep_in_an_account_that_is_gone_or_refuses_for_hours_is_noted_once_and_does_not_come_again(string code, int attempt)
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var gone = MeetingAnswer.Failed(code, "The connection is dead.");
        server.Meet.Will(lesson, "withdraw", gone, gone);
        await Sweep(lesson, "google-meet", "m-1", attempt);
        await Sweep(lesson, "google-meet", "m-1", attempt);
        var left = Assert.Single(await server.Happened<MeetingLeftBehind>(lesson));
        Assert.Equal(("google-meet", "m-1", code), (left.Provider, left.Reference, left.Code));
        Assert.Equal(["meeting_arranged", "meeting_left_behind"], await Events(lesson));
        Assert.True((await server.MeetingOf(lesson))!.IsReadyAt("zoom"));
    }

    [Fact]
    public async Task After_a_short_spell_without_permission_the_meeting_that_could_not_be_moved_is_swept_all_the_same()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        // As the provider answers 401 to each of some requests in a row.
        server.Zoom.Will(lesson, "move", NoLicence).Will(lesson, "withdraw", NoLicence, NoLicence);
        await server.A_day_later(lesson);
        await server.Settle(lesson);
        await Later(SweepMeeting.ErrandKind, () => Task.FromResult(server.Zoom.HeldOf(lesson) == 0));
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(lesson));
        Assert.Equal((0, 1), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task A_sweep_at_a_provider_that_is_no_longer_set_up_is_noted_and_one_that_finds_nothing_is_not()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        server.Meet.Will(lesson, "withdraw", MeetingAnswer.Failed(MeetingAnswer.GoneCode, "There is none."));
        await Sweep(lesson, "google-meet");
        Assert.Equal(["meeting_arranged"], await Events(lesson));
        await Sweep(lesson, "jitsi");
        var left = Assert.Single(await server.Happened<MeetingLeftBehind>(lesson));
        Assert.Equal(("jitsi", LostCodes.NoLongerConfigured), (left.Provider, left.Code));
    }

    [Fact]
    public async Task A_sweep_that_is_given_up_says_where_something_may_still_be()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var (handler, errand) = SweepOf(lesson, "google-meet", "m-2");
        await handler.GiveUp(errand, "It never answered.", CancellationToken.None);
        var left = Assert.Single(await server.Happened<MeetingLeftBehind>(lesson));
        Assert.Equal(("google-meet", "m-2", "unreachable"), (left.Provider, left.Reference, left.Code));
    }

    [Fact]
    public async Task What_is_arranged_anew_at_the_door_goes_on_when_whoever_stood_there_is_gone()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        var old = (await server.MeetingOf(lesson))!.Reference!;
        server.Zoom.Delete(lesson);
        // As a process that dies, or a browser that is closed, right after the loss was written.
        server.Zoom.Will(lesson, "arrange", Trouble);
        Assert.True(await server.The<MeetingSights>().Replace(lesson, "zoom", old, DoorSight.Deleted, CancellationToken.None));
        Assert.False((await server.MeetingOf(lesson))!.IsReady());

        Assert.Equal(1, await server.Errands(lesson, ArrangeMeeting.ErrandKind));
        server.Time.Advance(TimeSpan.FromMinutes(1));
        await Later(ArrangeMeeting.ErrandKind, async () => (await server.MeetingOf(lesson))!.IsReady());
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
    }

    [Fact]
    public async Task A_meeting_that_is_gone_when_it_should_be_moved_is_arranged_anew_at_the_same_provider()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        server.Zoom.Delete(lesson);
        await server.A_day_later(lesson);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(lesson));
        Assert.Equal(LostCodes.DeletedAtProvider, (await server.Happened<MeetingLost>(lesson))[0].Code);
        Assert.Equal(("zoom", 1), ((await server.MeetingOf(lesson))?.Provider, server.Zoom.HeldOf(lesson)));
    }

    [Fact]
    public async Task A_meeting_that_cannot_be_moved_goes_to_the_next_provider_and_the_old_one_is_swept()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        server.Zoom.Will(lesson, "move", NoLicence);
        await server.A_day_later(lesson);
        await server.Settle(lesson);
        await server.EventsAsync();
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(lesson));
        Assert.Equal(LostCodes.MoveFailed, (await server.Happened<MeetingLost>(lesson))[0].Code);
        Assert.Equal((0, 1), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task Trouble_with_moving_that_does_not_end_moves_the_lesson_to_the_next_provider()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        server.Zoom.Will(lesson, "move", Trouble, Trouble, Trouble, Trouble);
        await server.A_day_later(lesson);
        await server.SettleWithPatience(lesson);
        await server.EventsAsync();
        Assert.Equal("google-meet", (await server.MeetingOf(lesson))?.Provider);
        Assert.Equal((0, 1), (server.Zoom.HeldOf(lesson), server.Meet.HeldOf(lesson)));
    }

    [Fact]
    public async Task Withdrawing_from_an_account_that_is_gone_is_noted_and_done()
    {
        var lesson = await server.A_lesson();
        await server.Settle(lesson);
        server.Zoom.Will(lesson, "withdraw", MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "The connection is dead."));
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        Assert.Null(await server.Settle(lesson));
        Assert.Equal(MeetingAnswer.DisconnectedCode, Assert.Single(await server.Happened<MeetingWithdrawn>(lesson)).LeftBehind);
    }

    [Fact]
    public async Task With_every_provider_failing_the_lesson_says_so_and_none_is_asked_twice()
    {
        var lesson = await server.A_lesson();
        server.Zoom.Will(lesson, "arrange", NoLicence);
        server.Meet.Will(lesson, "arrange", NoLicence);
        await server.Settle(lesson);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arrangement_failed", "meeting_arrangement_failed"], await Events(lesson));
        Assert.Equal("meeting_failed", (await server.MeetingOf(lesson))?.NotJoinable()?.Code);
    }

    [Fact]
    public async Task While_the_next_provider_has_not_answered_people_read_that_the_meeting_is_being_arranged()
    {
        var tutor = await server.Tutor();
        var lesson = await server.A_lesson(tutor: tutor);
        server.Zoom.Will(lesson, "arrange", NoLicence);
        server.Meet.Will(lesson, "arrange", Trouble, NoLicence);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arrangement_failed", "meeting_troubled"], await Events(lesson));
        Assert.Equal("google-meet", Assert.Single(await server.Happened<MeetingArrangementFailed>(lesson)).Next);
        Assert.Equal(("arranging", "arranging"), await Said());
        await server.SettleWithPatience(lesson);
        Assert.Null((await server.Happened<MeetingArrangementFailed>(lesson))[^1].Next);
        Assert.Equal(("failed", "failed"), await Said());

        async Task<(string InTheLesson, string InItsStory)> Said()
        {
            var told = await tutor.Http.GetFromJsonAsync<JsonElement>($"/v1/lessons/{lesson}", TestContext.Current.CancellationToken);
            var story = await tutor.Http.GetFromJsonAsync<JsonElement>($"/v1/lessons/{lesson}/meeting", TestContext.Current.CancellationToken);
            return (told.GetProperty("meeting").GetProperty("state").GetString()!, story.GetProperty("state").GetString()!);
        }
    }

    [Fact]
    public async Task The_order_names_the_tutor_and_no_child()
    {
        var tutor = await server.Tutor();
        var lesson = await server.A_lesson(tutor: tutor);
        var order = await OrderOf(lesson);
        Assert.Equal((tutor.Email, tutor.TutorId), (order.TutorEmail, order.TutorId));
        Assert.DoesNotContain("Hessa", order.ToString(), StringComparison.Ordinal);
    }

    private async Task<MeetingOrder> OrderOf(Guid lesson)
    {
        await using var session = server.The<EventStore>().OpenSession();
        return await server.The<MeetingOrders>().Of((await session.AggregateStreamAsync<Lesson>(lesson))!, CancellationToken.None);
    }

    private async Task DidNotConnect(Guid lesson)
    {
        await using var session = server.The<EventStore>().OpenSession();
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson));
        stream.AppendMany(stream.Aggregate!.DidNotConnect("Nobody was heard.", askAll: false, server.Now).Events);
        await session.SaveChangesAsync();
    }

    /// <summary>Pauses of errands are not waited for.</summary>
    private async Task Later(string kind, Func<Task<bool>> isSo)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            await server.Database.ExecuteAsync($"update errands set due_at = clock_timestamp() where kind = '{kind}' and done_at is null and dead_at is null and due_at > clock_timestamp() + interval '1 second'");
            await Task.Delay(50, enough.Token);
        }
    }

    private Task Sweep(Guid lesson, string provider, string? reference = null, int attempt = 1)
    {
        var (handler, errand) = SweepOf(lesson, provider, reference, attempt);
        return handler.Run(errand, CancellationToken.None);
    }

    private (SweepMeeting Handler, Errand Errand) SweepOf(Guid lesson, string provider, string? reference, int attempt = 1) =>
        (server.Services.GetServices<IErrandHandler>().OfType<SweepMeeting>().Single(),
            new Errand(Guid.NewGuid(), SweepMeeting.ErrandKind, EventJson.Write(new SweepErrand(lesson, provider, reference)), Guid.NewGuid(), attempt, server.Now));
}
