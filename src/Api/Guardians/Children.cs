using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.Guardians;
using Muse.Domain.Scheduling;
using Muse.Domain.Students;
using NodaTime;

namespace Muse.Api.Guardians;

public sealed record NewChild(string DisplayName, DateOnly BirthDate, string Country, string TimeZone, string Locale);

public sealed record ChildAddedAnswer(Guid StudentId);

/// <param name="Version">For <c>If-Match</c> of a change.</param>
public sealed record Child(
    Guid StudentId, Guid PersonId, string DisplayName, DateOnly? BirthDate, string Country, string TimeZone, string Locale, long Version);

public sealed record ChildList(IReadOnlyList<Child> Items);

internal sealed class NewChildRules : AbstractValidator<NewChild>
{
    public NewChildRules()
    {
        RuleFor(child => child.DisplayName).DisplayName();
        RuleFor(child => child.Country).Country();
        RuleFor(child => child.TimeZone).TimeZone();
        RuleFor(child => child.Locale).Locale();
    }
}

/// <summary>A guardian's children: students without a mail address, for whom the guardian acts.</summary>
internal static class Children
{
    private const int MostTries = 5;

    public static void MapChildren(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/guardians/{guardianId:guid}/children", Add)
            .Validated<NewChild>()
            .Idempotent()
            .Described("addChild", "Guardians", "Adds a child who takes lessons",
                [.. PersonRules.NameCodes, "birth_date_in_future", "of_age", "too_many_children", "unknown_country", "unknown_time_zone", "unknown_locale"],
                new NewChild("Layla", new DateOnly(2015, 3, 14), "AE", "Asia/Dubai", "ar-AE"));
        app.MapGet("/v1/guardians/{guardianId:guid}/children", List)
            .Described("listChildren", "Guardians", "The guardian's children");
        app.MapChangeChild();
    }

    public static bool IsGuardianOf(this Caller caller, Guid guardianId, Guid studentId) =>
        caller.GuardianId == guardianId && caller.Children.Contains(studentId);

    private static async Task<Results<Created<ChildAddedAnswer>, ProblemHttpResult>> Add(
        Guid guardianId, NewChild request, Caller caller, EventStore store, TimeProvider time, CancellationToken ct)
    {
        if (caller.GuardianId != guardianId)
            return Problems.NotFound();
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var person = new Person(Guid.CreateVersion7(time.GetUtcNow()), request.DisplayName.Trim(), request.Country, request.TimeZone, request.Locale, request.BirthDate);
        var studentId = Guid.CreateVersion7(time.GetUtcNow());

        // Two children added at once meet on the guardian's stream; nobody sent an If-Match, so the later one just decides again.
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await AddOnce(guardianId, studentId, person, caller, store, now, ct);
            }
            catch (StaleVersion) when (tries < MostTries)
            {
            }
        }
    }

    private static async Task<Results<Created<ChildAddedAnswer>, ProblemHttpResult>> AddOnce(
        Guid guardianId, Guid studentId, Person person, Caller caller, EventStore store, Instant now, CancellationToken ct)
    {
        await using var session = store.OpenSession(new Actor(caller.PersonId, Role.Guardian));
        var guardian = await session.FetchForWriting<Guardian>(guardianId, ct);
        if (guardian.Aggregate is null)
            return Problems.NotFound();
        var today = now.InZone(Zones.Known(person.TimeZone)).Date;
        var added = guardian.Aggregate.AddChild(studentId, person.PersonId, LocalDate.FromDateOnly(person.BirthDate!.Value), today, now);
        if (added.IsRefused)
            return Problems.From(added.Refusal);
        session.Before((connection, cancel) => PeopleRows.Insert(connection, person, cancel));
        session.StartStream<Student>(studentId, [.. Student.Register(null, studentId, person.PersonId, now).Events]);
        guardian.AppendMany(added.Events);
        await session.SaveChangesAsync(ct);
        return TypedResults.Created($"/v1/guardians/{guardianId}/children", new ChildAddedAnswer(studentId));
    }

    private static async Task<Results<Ok<ChildList>, ProblemHttpResult>> List(Guid guardianId, Caller caller, People people, CancellationToken ct)
    {
        if (caller.GuardianId != guardianId)
            return Problems.NotFound();
        var children = await people.ByRole([.. caller.Children], ct);
        return TypedResults.Ok(new ChildList([.. children.OrderBy(child => child.Key).Select(child => Of(child.Key, child.Value))]));
    }

    internal static Child Of(Guid studentId, Person child) => new(
        studentId, child.PersonId, child.DisplayName, child.BirthDate, child.Country, child.TimeZone, child.Locale, child.Version);
}
