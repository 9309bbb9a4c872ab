using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Api.OpenApi;
using Muse.Domain.Guardians;
using NodaTime;

namespace Muse.Api.Guardians;

/// <summary>Members left out stay as they are.</summary>
public sealed record ChildChanges(string? DisplayName = null, string? Country = null, string? TimeZone = null, string? Locale = null);

internal sealed class ChildChangesRules : AbstractValidator<ChildChanges>
{
    public ChildChangesRules()
    {
        When(change => change.DisplayName is not null, () => RuleFor(change => change.DisplayName!).DisplayName());
        When(change => change.Country is not null, () => RuleFor(change => change.Country!).Country());
        When(change => change.TimeZone is not null, () => RuleFor(change => change.TimeZone!).TimeZone());
        When(change => change.Locale is not null, () => RuleFor(change => change.Locale!).Locale());
    }
}

/// <summary>A guardian changes what is known of a child. A family that moves takes the child under another country's rules for calls.</summary>
internal static class ChangeChild
{
    private const int MostTries = 5;

    public static void MapChangeChild(this IEndpointRouteBuilder app) => app
        .MapPatch("/v1/guardians/{guardianId:guid}/children/{studentId:guid}", Change)
        .Validated<ChildChanges>()
        .Described("changeChild", "Guardians", "Changes a child's name, country, zone or language; after a move the coming lessons are looked at",
            [.. DescribedRoutes.Preconditions, .. PersonRules.NameCodes, "unknown_country", "unknown_time_zone", "unknown_locale"],
            new ChildChanges(Country: "GB", TimeZone: "Europe/London"));

    private static async Task<Results<Ok<Child>, ProblemHttpResult>> Change(
        Guid guardianId, Guid studentId, ChildChanges request, Caller caller, IfMatch seen, HttpContext http, EventStore store, People people,
        LookAfterMove meetings, TimeProvider time, CancellationToken ct)
    {
        if (!caller.IsGuardianOf(guardianId, studentId))
            return Problems.NotFound();
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());

        // What was seen is the child's row; a child added meanwhile changes the guardian's stream and nothing of this one.
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (await ChangeOnce(guardianId, studentId, request, seen.Version, caller, store, people, meetings, now, ct) is { } refused)
                    return refused;
                break;
            }
            catch (StaleVersion stale) when (stale.StreamId == guardianId && tries < MostTries)
            {
            }
        }
        if (await people.ByRole(studentId, ct) is not { } child)
            return Problems.NotFound();
        ETags.Put(http, child.Version);
        return TypedResults.Ok(Children.Of(studentId, child));
    }

    private static async Task<ProblemHttpResult?> ChangeOnce(
        Guid guardianId, Guid studentId, ChildChanges request, long version, Caller caller, EventStore store, People people, LookAfterMove meetings,
        Instant now, CancellationToken ct)
    {
        await using var session = store.OpenSession(new Actor(caller.PersonId, Role.Guardian));
        var guardian = await session.FetchForWriting<Guardian>(guardianId, ct);
        if (guardian.Aggregate is null || await people.ByRole(studentId, ct) is not { } child)
            return Problems.NotFound();
        var moved = guardian.Aggregate.MoveChild(studentId, child.Country, request.Country ?? child.Country, now);
        if (moved.IsRefused)
            return Problems.From(moved.Refusal);
        guardian.AppendMany(moved.Events);
        if (!moved.ChangesNothing)
            await meetings.Schedule(session, [studentId], child.Country, request.Country!, ct);
        session.Before((connection, cancel) => PeopleRows.Update(
            connection, child.PersonId, version, request.DisplayName, request.Country, request.TimeZone, request.Locale, cancel));
        await session.SaveChangesAsync(ct);
        return null;
    }
}
