using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Sandboxes;
using Muse.Domain.Tutors;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>Gathers what the policy looks at.</summary>
public sealed class ChooseProvider(
    NpgsqlDataSource database, EventStore store, People people, MeetingProviders providers, IPreflightFindings preflight, TimeProvider time)
{
    /// <summary>The choice, and the country whose law it had to keep to (the student's, when there is no such law).</summary>
    public async Task<(ProviderChoice Choice, string Country)> For(Lesson lesson, IReadOnlyCollection<string> failed, CancellationToken ct)
    {
        var countries = await CountriesOf(lesson, ct);
        await using var session = store.OpenSession();
        var preferences = (await session.AggregateStreamAsync<Tutor>(lesson.TutorId, ct))?.Meetings ?? MeetingPreferences.Default;
        var needs = new LessonNeeds(preferences.Recording, preferences.MusicMode, await IsChild(lesson.StudentId, ct) ? 3 : 2);
        var choice = ProviderPolicy.Choose(new ProviderQuestion(
            lesson.Provider, preferences.Order, countries, await StandingsFor(lesson.TutorId, ct), failed,
            await preflight.Of(lesson.StudentId, ct), needs, Instant.FromDateTimeOffset(time.GetUtcNow())));
        return (choice, Array.Find(countries, country => CountryRules.Of(country) is not null) ?? countries[0]);
    }

    // No meeting is made at anybody's account for people who do not exist.
    private async Task<IReadOnlyList<ProviderStanding>> StandingsFor(Guid tutorId, CancellationToken ct)
    {
        var standings = await providers.Standings(tutorId, ct);
        return SandboxId.IsOne(tutorId) ? [.. standings.Where(standing => standing.Name == ProviderPolicy.BuiltIn)] : standings;
    }

    /// <summary>The law lets the lesson be there, now that its people are where they are.</summary>
    public async Task<bool> IsAllowed(Lesson lesson, string provider, CancellationToken ct) =>
        (await CountriesOf(lesson, ct)).All(country => ProviderPolicy.IsAllowedIn(country, provider));

    private async Task<string[]> CountriesOf(Lesson lesson, CancellationToken ct)
    {
        var both = await people.ByRole([lesson.StudentId, lesson.TutorId], ct);
        return [.. new[] { lesson.StudentId, lesson.TutorId }.Select(id => both.GetValueOrDefault(id)?.Country ?? "")];
    }

    /// <summary>A child comes with a guardian.</summary>
    private async Task<bool> IsChild(Guid studentId, CancellationToken ct)
    {
        await using var read = database.Command("select exists (select from guardianships where student_id = $1)", studentId);
        return (bool)(await read.ExecuteScalarAsync(ct))!;
    }
}
