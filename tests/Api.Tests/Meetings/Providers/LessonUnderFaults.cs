using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Bookings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A lesson is arranged, moved or withdrawn at one provider while that has trouble, and what must have come of it.</summary>
public abstract class LessonUnderFaults(WholeSchool school)
{
    protected WholeSchool School => school;

    protected Imitation Outside => school.Imitation!;

    protected EventStore Store => school.Services.GetRequiredService<EventStore>();

    /// <summary>How many faults the provider had met when <see cref="Begin"/> began.</summary>
    protected int MetBefore { get; private set; }

    /// <summary>The call that makes, changes or removes a meeting, as method and part of its path.</summary>
    protected abstract (string Method, string Path) CallOf(string step);

    /// <summary>The lesson has its meeting where it was wished, and then the step is asked for while the provider has this trouble.</summary>
    /// <returns>Once it was asked for; its errand is on its way.</returns>
    protected async Task<Guid> Begin(string step, Action trouble)
    {
        Outside.Faults.Clear();
        MetBefore = Outside.Faults.Met;
        if (step == "arrange") trouble();
        var (lesson, booking) = await school.A_new_lesson();
        if (step == "arrange") return lesson;
        await Stayed(lesson);
        trouble();
        if (step == "move") await Move(booking);
        else await Cancel(booking);
        return lesson;
    }

    /// <summary>In the end: exactly one meeting at the provider that was wished, as if there had been no trouble; of a cancelled lesson none.</summary>
    protected async Task Stayed(Guid lesson)
    {
        await Kept(lesson);
        Assert.Null(await OneMeeting.WhatWentElsewhere(Store, lesson, school.ProviderName));
    }

    /// <summary>In the end: exactly one meeting over all providers, or none and a named reason; and no errand was given up.</summary>
    protected async Task Kept(Guid lesson)
    {
        await OneMeeting.SettleAsync(school.Database, school.Pass);
        Assert.Null(await OneMeeting.WhatIsWrong(Store, school.Imitations, lesson, wish: school.ProviderName));
        Assert.Equal("", await school.Database.ScalarAsync<string>(
            "select coalesce(string_agg(kind || ': ' || last_error, E'\\n'), '') from errands where dead_at is not null and body::text like '%' || $1 || '%'", $"{lesson}"));
    }

    protected async Task Move(System.Text.Json.JsonElement booking)
    {
        var answer = await school.Teacher.Tells(booking, "reschedule", new { startLocal = school.NextTime(), timeZone = "Asia/Seoul" });
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task Cancel(System.Text.Json.JsonElement booking)
    {
        var answer = await school.Teacher.Tells(booking, "cancel");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }
}
