using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Scheduling;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using Muse.Domain.Availability;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Api.Availability;

/// <summary>A tutor's rules on the wire: what was sent, with the defaults filled in.</summary>
public sealed record AvailabilityAnswer(string TimeZone, IReadOnlyList<WeeklyHours> Weekly, IReadOnlyList<HoursOnDate> Overrides,
    IReadOnlyList<Travel> Travel, IReadOnlyList<int> DurationsMinutes, int? StepMinutes, int BufferBeforeMinutes, int BufferAfterMinutes,
    int MinimumNoticeMinutes, int HorizonDays)
{
    public static AvailabilityAnswer Of(AvailabilitySet rules) => new(rules.TimeZone, rules.Weekly, rules.Overrides, rules.Travel,
        rules.DurationsMinutes, rules.StepMinutes, rules.BufferBeforeMinutes, rules.BufferAfterMinutes, rules.MinimumNoticeMinutes,
        rules.HorizonDays);
}

public static class AvailabilityRoutes
{
    /// <summary>With which <see cref="TutorAvailability.Set"/> refuses.</summary>
    internal static readonly string[] Refusals =
        ["unknown_time_zone", "invalid_day", "invalid_time", "empty_window", "invalid_date", "invalid_date_range", "duplicate_override",
            "overlapping_travel", "too_many", "no_duration", "invalid_duration", "duplicate_duration", "invalid_step", "invalid_buffer",
            "invalid_notice", "invalid_horizon"];

    public static IServiceCollection AddAvailability(this IServiceCollection services) => services
        .AddSingleton<TutorCalendar>()
        .AddSingleton<IProjection, Availabilities>();

    public static IEndpointRouteBuilder MapAvailability(this IEndpointRouteBuilder app)
    {
        var tutor = app.MapGroup("/v1/tutors/{tutorId:guid}");
        tutor.MapGet("/availability", Read).ForKeys(ApiScope.AvailabilityRead).Described("getAvailability", "Tutors", "When a tutor teaches, for the tutor");
        tutor.MapPut("/availability", Set).ForKeys(ApiScope.AvailabilityWrite).Described("setAvailability", "Tutors", "Say when the tutor teaches",
            ["precondition_required", "version_mismatch", "not_found", .. Refusals],
            new AvailabilityWish
            {
                TimeZone = "Asia/Seoul",
                Weekly = [new(1, "17:00", "20:00"), new(6, "10:00", "13:00")],
                Overrides = [new("2026-12-25", [])],
                Travel = [],
                DurationsMinutes = [25, 50],
                StepMinutes = 30,
                BufferBeforeMinutes = 0,
                BufferAfterMinutes = 10,
                MinimumNoticeMinutes = 720,
                HorizonDays = 60,
            });
        tutor.MapGet("/slots", FreeSlots).ForKeys(ApiScope.AvailabilityRead).Described("getSlots", "Tutors", "A tutor's free slots, seen on both clocks",
            ["unknown_time_zone", "invalid_date", "invalid_date_range", "date_range_too_long", "invalid_duration", "duration_not_offered",
                "too_many_slots"]);
        return app;
    }

    /// <summary>The stream of a tutor's availability; its id follows from the tutor's.</summary>
    public static Guid StreamOf(Guid tutorId) => NameBasedId.From(tutorId, "availability");

    private static async Task<Results<Ok<AvailabilityAnswer>, ProblemHttpResult>> Read(Guid tutorId, Caller caller, EventStore store,
        HttpContext http, CancellationToken ct)
    {
        if (NotTheirs(caller, tutorId) is { } refusal)
            return Problems.From(refusal);
        await using var session = store.OpenSession();
        var stream = await session.FetchForWriting<TutorAvailability>(StreamOf(tutorId), ct);
        if (stream.Aggregate is not { } availability)
            return Problems.NotFound();
        ETags.Put(http, stream.CurrentVersion);
        return TypedResults.Ok(AvailabilityAnswer.Of(availability.Rules));
    }

    private static async Task<Results<Ok<AvailabilityAnswer>, ProblemHttpResult>> Set(Guid tutorId, AvailabilityWish wish, Caller caller,
        EventStore store, People people, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (NotTheirs(caller, tutorId) is { } refusal)
            return Problems.From(refusal);
        if (!caller.IsTutor(tutorId) && await people.ByRole(tutorId, ct) is null)
            return Problems.NotFound();
        var version = IfMatch.RequiredOrNone(http);
        await using var session = store.OpenSession(caller.As(caller.IsTutor(tutorId) ? Role.Tutor : Role.Admin));
        var stream = await session.FetchForWriting<TutorAvailability>(StreamOf(tutorId), version, ct);
        var decision = TutorAvailability.Set(stream.Aggregate, tutorId, wish, Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        stream.AppendMany(decision.Events);
        var next = stream.CurrentVersion;
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (StreamExists)
        {
            // Two first PUTs at once: If-None-Match no longer holds for the second.
            return IfMatch.Stale();
        }
        ETags.Put(http, next);
        var rules = decision.Events.OfType<AvailabilitySet>().LastOrDefault() ?? stream.Aggregate!.Rules;
        return TypedResults.Ok(AvailabilityAnswer.Of(rules));
    }

    private static async Task<Results<Ok<SlotsAnswer>, ProblemHttpResult>> FreeSlots(Guid tutorId, string? fromDate, string? toDate,
        string? viewerZone, int? durationMinutes, Guid? studentId, Caller caller, TutorCalendar calendar, CancellationToken ct)
    {
        if (SlotRules.ReadRange(fromDate, toDate).Or(out var range) is { } wrongRange)
            return Problems.From(wrongRange);
        if (Zones.Find(viewerZone, "/viewerZone").Or(out var viewer) is { } unknown)
            return Problems.From(unknown);
        if (durationMinutes is { } minutes && SlotRules.Duration(minutes) is { } wrongDuration)
            return Problems.From(wrongDuration);
        if (!caller.Reaches(tutorId) || (studentId is { } student && !caller.MayActForStudent(student) && !caller.IsAdmin))
            return Problems.NotFound();
        var slots = await calendar.Free(tutorId, studentId, viewer, range.From, range.To, durationMinutes, ct: ct);
        return slots.IsRefused ? Problems.From(slots.Refusal) : TypedResults.Ok(SlotsAnswer.Of(slots.Value));
    }

    private static Refusal? NotTheirs(Caller caller, Guid tutorId) =>
        caller.MayActForTutor(tutorId) || caller.IsAdmin ? null : Refusal.NotFound();
}
