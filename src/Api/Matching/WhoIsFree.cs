using Muse.Adapters.Postgres;
using Muse.Domain.Availability;
using Muse.Domain.Matching;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Matching;

/// <summary>A tutor of an instrument before the hours are looked at closely.</summary>
/// <param name="OpenMinutes">Of the wished four weeks, rounded up; what is in the agendas is not taken off yet.</param>
internal sealed record Prospect(Guid TutorId, Guid PersonId, IReadOnlyList<string> Instruments, IReadOnlyList<string> Languages,
    IReadOnlyList<string> Levels, bool ProBono, long Version, int OpenMinutes);

/// <summary>
/// The opening hours of all tutors as bits, kept in memory and brought up to date by version when asked. It only ever leaves out tutors who
/// cannot be free; how free the others really are is computed for the few that come far enough up.
/// </summary>
internal sealed class WhoIsFree(NpgsqlDataSource database, TimeProvider time)
{
    // The bits are made new when they no longer reach four weeks ahead, so every day or two.
    private const int Days = 30;

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<Guid, long> _versions = [];
    private FreeTimes? _bits;

    /// <summary>Tutors of the instrument who have opening hours inside the wished ones, in no order.</summary>
    public async Task<IReadOnlyList<Prospect>> Prospects(string instrument, WishedTimes wished, CancellationToken ct)
    {
        var prospects = await Teaching(instrument, ct);
        await _one.WaitAsync(ct);
        try
        {
            await BringUpToDate(prospects, ct);
            var minutes = _bits!.FreeMinutes(wished.Stretches).ToDictionary(one => one.TutorId, one => one.Minutes);
            return [.. from prospect in prospects
                       where minutes.ContainsKey(prospect.TutorId)
                       select prospect with { OpenMinutes = minutes[prospect.TutorId] }];
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<List<Prospect>> Teaching(string instrument, CancellationToken ct)
    {
        await using var command = database.Command("""
            select p.tutor_id, p.person_id, p.instruments, p.languages, p.levels, p.pro_bono, a.version
            from tutor_profiles p join availabilities a using (tutor_id)
            where p.is_set and p.instruments @> $1
            """, (object)new[] { instrument });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<Prospect>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(0), rows.GetGuid(1), rows.GetFieldValue<string[]>(2), rows.GetFieldValue<string[]>(3),
                rows.GetFieldValue<string[]>(4), rows.GetBoolean(5), rows.GetInt64(6), 0));
        return found;
    }

    private async Task BringUpToDate(List<Prospect> prospects, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        if (_bits is null || _bits.From > now || _bits.To < now + Duration.FromDays(7 * Matches.Weeks))
        {
            _bits = new(now, Days);
            _versions.Clear();
        }
        var stale = prospects.Where(one => _versions.GetValueOrDefault(one.TutorId) != one.Version).Select(one => one.TutorId).ToArray();
        if (stale.Length == 0)
            return;
        await using var command = database.Command("select tutor_id, rules, version from availabilities where tutor_id = any($1)", stale);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var tutorId = rows.GetGuid(0);
            var availability = TutorAvailability.Create(EventJson.Read<AvailabilitySet>(rows.GetString(1)));
            _bits.Clear(tutorId);
            foreach (var open in Slots.OpenBetween(availability.Hours, _bits.From, _bits.To))
                _bits.Mark(tutorId, open, outward: true);
            _versions[tutorId] = rows.GetInt64(2);
        }
    }
}
