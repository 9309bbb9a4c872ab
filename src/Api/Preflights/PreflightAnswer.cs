using Muse.Api.Meetings;
using Muse.Domain.Meetings;
using Muse.Domain.Preflights;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Preflights;

/// <summary>What is known of somebody's network and devices, and which providers will work there.</summary>
/// <param name="RoomOffered">False where the built-in room may not be used: it is not tried there.</param>
/// <param name="Latest">Null before the first test.</param>
/// <param name="Providers">In the fallback order.</param>
public sealed record PreflightAnswer(bool RoomOffered, PreflightResult? Latest, IReadOnlyList<ProviderOutlook> Providers);

/// <param name="Counts">False from <paramref name="AgesOutAt"/> on: then nothing is chosen by it any more.</param>
/// <param name="BestPath">The best path that connected, or null.</param>
/// <param name="LineFaults">What is wrong with the line for a music lesson.</param>
public sealed record PreflightResult(
    Guid Id, string At, string AgesOutAt, bool Counts, string? BestPath, IReadOnlyList<TriedPath> Paths, MeasuredLine? Line,
    IReadOnlyList<string> LineFaults, string Microphone, string Camera, SoundProcessing? Sound, string Browser);

/// <summary>Puts a test, the country's rules and what is set up here together.</summary>
public sealed class ExplainPreflight(MeetingProviders providers, NpgsqlDataSource database, TimeProvider time)
{
    private const int MostTutors = 5;

    /// <param name="studentId">Whose teachers' accounts count; null for the school's only.</param>
    public async Task<PreflightAnswer> Of(Preflight? latest, Guid? studentId, Guid? tutorId, string country, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var counts = latest?.CountsAt(now) is true;
        var verdicts = ProviderOutlooks.Of(counts ? latest!.Done : null, country, await SetUp(studentId, tutorId, now, ct));
        var result = latest is null ? null : new PreflightResult(
            latest.Id, TimeText.Of(latest.Done.At), TimeText.Of(latest.AgesOutAt), counts, latest.Done.BestPath(), latest.Done.Paths,
            latest.Done.Line, latest.Done.Line is { } line ? ProviderOutlooks.FaultsOf(line) : [], latest.Done.Microphone, latest.Done.Camera,
            latest.Done.Sound, latest.Done.Browser);
        return new PreflightAnswer(ProviderPolicy.IsAllowedIn(country, ProviderPolicy.BuiltIn), result, verdicts);
    }

    // A provider is there for somebody when it serves one of the teachers of their coming lessons, or the school as such.
    private async Task<IReadOnlyList<(string, bool)>> SetUp(Guid? studentId, Guid? tutorId, Instant now, CancellationToken ct)
    {
        var tutors = studentId is { } student ? await TutorsOf(student, now, ct) : tutorId is { } self ? [self] : [];
        if (tutors.Count == 0)
            tutors = [Guid.Empty];
        var found = providers.Abilities.ToDictionary(abilities => abilities.Name, _ => false);
        foreach (var tutor in tutors)
            foreach (var standing in await providers.Standings(tutor, ct))
                found[standing.Name] |= standing.Serves;
        return [.. providers.Abilities.Select(abilities => (abilities.Name, found[abilities.Name]))];
    }

    private async Task<IReadOnlyList<Guid>> TutorsOf(Guid studentId, Instant now, CancellationToken ct)
    {
        await using var command = Adapters.Postgres.Sql.Command(database, """
            select tutor_id from lessons where student_id = $1 and end_at > $2 and state in ('scheduled', 'started')
            group by tutor_id order by min(start_at) limit $3
            """, studentId, now, MostTutors);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var tutors = new List<Guid>();
        while (await rows.ReadAsync(ct))
            tutors.Add(rows.GetGuid(0));
        return tutors;
    }
}
