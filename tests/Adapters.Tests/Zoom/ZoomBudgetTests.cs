using Muse.Domain.Meetings;

namespace Muse.Adapters.Tests.Zoom;

public sealed class ZoomBudgetTests
{
    [Fact]
    public async Task Above_eighty_nothing_is_created_and_the_rest_of_the_day_moves_lessons()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        await scene.Database.ExecuteAsync("update zoom_writes set used = 80");
        var before = scene.Count("POST", "/meetings");

        var refused = await scene.Server().Arrange(scene.Order(), default);
        var moved = await scene.Server().Move(order with { DurationMinutes = 60 }, reference, default);

        Assert.Equal(MeetingAnswer.QuotaCode, refused.FailureCode);
        Assert.Equal(before, scene.Count("POST", "/meetings"));
        Assert.NotNull(moved.Place);
        Assert.Equal(60, scene.Zoom.Meetings.Single().Duration);
    }

    [Fact]
    public async Task Deleting_is_not_counted()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        await scene.Database.ExecuteAsync("update zoom_writes set used = 100");

        Assert.Null((await scene.Meetings.Withdraw(order, reference, default)).FailureCode);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task The_count_is_kept_over_a_restart_and_begins_anew_at_midnight_UTC()
    {
        await using var scene = await ZoomScene.OpenAsync(s =>
        {
            s["Meetings:Zoom:WritesPerDay"] = "3";
            s["Meetings:Zoom:WritesKeptForMoves"] = "1";
        });
        await scene.Meetings.Arrange(scene.Order(), default);
        await scene.Server().Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.QuotaCode, (await scene.Server().Arrange(scene.Order(), default)).FailureCode);
        scene.Advance(TimeSpan.FromHours(11.9));
        Assert.Equal(MeetingAnswer.QuotaCode, (await scene.Server().Arrange(scene.Order(), default)).FailureCode);
        scene.Advance(TimeSpan.FromHours(0.2));

        Assert.NotNull((await scene.Server().Arrange(scene.Order(), default)).Place);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_another_program_used_up_is_learned_once_and_then_not_asked_again(bool namesTheWait)
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.NamesTheWait = namesTheWait;
        scene.Zoom.UseWrites(scene.Zoom.SchoolHost, 100);

        var first = await scene.Meetings.Arrange(scene.Order(), default);
        var second = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal((MeetingAnswer.QuotaCode, MeetingAnswer.QuotaCode), (first.FailureCode, second.FailureCode));
        Assert.Equal(1, scene.Count("POST", "/meetings"));
        Assert.Empty(scene.Time.Waits);
    }

    [Fact]
    public async Task A_refusal_just_after_midnight_may_still_mean_yesterday()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Advance(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));
        scene.Zoom.UseWrites(scene.Zoom.SchoolHost, 100);

        await scene.Meetings.Arrange(scene.Order(), default);

        Assert.True(await scene.Database.ScalarAsync<int>("select max(used) from zoom_writes") < 100);
    }

    [Fact]
    public async Task Each_host_has_a_day_of_its_own()
    {
        var other = Guid.NewGuid();
        await using var scene = await ZoomScene.OpenAsync(s => s[$"Meetings:Zoom:Hosts:{other}"] = "second@school.example");
        scene.Zoom.AddUser("second@school.example", "Second", isPaid: true);
        await scene.Meetings.Arrange(scene.Order(), default);
        await scene.Database.ExecuteAsync("update zoom_writes set used = 100");

        Assert.Equal(MeetingAnswer.QuotaCode, (await scene.Meetings.Arrange(scene.Order(), default)).FailureCode);
        Assert.NotNull((await scene.Meetings.Arrange(scene.Order() with { TutorId = other }, default)).Place);
        Assert.Equal(["host@school.example", "second@school.example"], scene.Zoom.Meetings.Select(m => m.Host.Email));
    }

    [Fact]
    public async Task A_meeting_that_may_no_longer_be_moved_to_its_time_is_not_left_behind()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        await scene.Meetings.Arrange(order, default);
        await scene.Database.ExecuteAsync("update zoom_writes set used = 100");

        var answer = await scene.Meetings.Arrange(order with { DurationMinutes = 60 }, default);

        Assert.Equal(MeetingAnswer.QuotaCode, answer.FailureCode);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task Old_days_are_forgotten()
    {
        await using var scene = await ZoomScene.OpenAsync();
        for (var day = 0; day < 5; day++)
        {
            await scene.Meetings.Arrange(scene.Order(), default);
            scene.Advance(TimeSpan.FromDays(1));
        }

        Assert.True(await scene.Database.ScalarAsync<long>("select count(*) from zoom_writes") <= 3);
    }
}
