using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Domain.Availability;
using Muse.Domain.Matching;
using Muse.Domain.Sandboxes;
using NodaTime;
using Npgsql;

namespace Muse.Api.Matching;

/// <summary>The best tutors for a request, as of now.</summary>
internal sealed class FindMatches(NpgsqlDataSource database, WhoIsFree whoIsFree, People people, TimeProvider time)
{
    // Looked at closely at once, and at most for one answer.
    private const int Batch = 32, Most = 512;

    /// <summary>
    /// Tutors are looked at in the order of what they could reach at most, and no further than the last of the <paramref name="limit"/> best can
    /// still change.
    /// </summary>
    public async Task<IReadOnlyList<(Match Match, Person Tutor)>> For(MentorRequested wish, int limit, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var wished = new WishedTimes(wish, now);
        if (wished.Stretches.Count == 0)
            return [];
        var student = await people.ByRole(wish.StudentId, ct);
        var studentBusy = student is null ? [] : await Agenda.Busy(database, student.PersonId, now, wished.Until + Duration.FromDays(1), now, ct: ct);

        var prospects = (await whoIsFree.Prospects(wish.Instrument, wished, ct))
            .Where(one => one.PersonId != student?.PersonId && SandboxId.AreOfOneWorld(one.TutorId, wish.StudentId))
            .Select(one => (Prospect: one, AtMost: Matches.AtMost(wish, one.Languages, one.Levels, one.ProBono,
                (double)one.OpenMinutes / Matches.Weeks, wished.MinutesPerWeek)))
            .OrderByDescending(one => one.AtMost).ThenBy(one => one.Prospect.TutorId).Take(Most).ToList();

        var best = new List<Match>();
        for (var i = 0; i < prospects.Count; i += Batch)
        {
            if (best.Count >= limit && best[limit - 1].Score >= prospects[i].AtMost)
                break;
            var batch = prospects.Skip(i).Take(Batch).Select(one => one.Prospect).ToList();
            best.AddRange(Matches.Rank(wish, await Candidates(batch, now, wished.Until, ct), studentBusy, now));
            best = [.. Matches.Order(best).Take(limit)];
        }
        var tutors = await people.ByRole([.. best.Select(match => match.TutorId)], ct);
        return [.. from match in best where tutors.ContainsKey(match.TutorId) select (match, tutors[match.TutorId])];
    }

    private async Task<List<Candidate>> Candidates(List<Prospect> prospects, Instant now, Instant until, CancellationToken ct)
    {
        // A busy time also matters as far as a buffer of a day reaches.
        var busy = await Agenda.Busy(database, [.. prospects.Select(one => one.PersonId)], now - Duration.FromDays(2), until + Duration.FromDays(2), now,
            ct: ct);
        var rules = new Dictionary<Guid, TutorAvailability>();
        await using (var command = database.Command("select tutor_id, rules from availabilities where tutor_id = any($1)",
            prospects.Select(one => one.TutorId).ToArray()))
        await using (var rows = await command.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct))
                rules[rows.GetGuid(0)] = TutorAvailability.Create(EventJson.Read<AvailabilitySet>(rows.GetString(1)));
        return [.. from one in prospects
                   where rules.ContainsKey(one.TutorId)
                   select new Candidate(one.TutorId, one.Instruments, one.Languages, one.Levels, one.ProBono, rules[one.TutorId],
                       busy.GetValueOrDefault(one.PersonId) ?? [])];
    }
}
