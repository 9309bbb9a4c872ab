using System.Text.Json.Nodes;
using Muse.Adapters.Postgres;
using Muse.Api.Availability;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Availability;
using NodaTime;

namespace Muse.Api.Imports;

/// <summary>When imported tutors teach, by their external ids and the decision of <c>PUT …/availability</c>. All rows in one transaction, or none.</summary>
internal sealed class ImportAvailability(EventStore store, ImportedPeople imported, TimeProvider time)
{
    public static readonly Columns Columns = new(
        new OrderedDictionary<string, Func<string, JsonNode?>>
        {
            ["timeZone"] = Columns.Text,
            ["weekly"] = Columns.Weekly,
            ["durationsMinutes"] = Columns.Numbers,
            ["overrides"] = Columns.Dates,
            ["stepMinutes"] = Columns.Number,
            ["bufferBeforeMinutes"] = Columns.Number,
            ["bufferAfterMinutes"] = Columns.Number,
            ["minimumNoticeMinutes"] = Columns.Number,
            ["horizonDays"] = Columns.Number,
        },
        ["timeZone", "weekly", "durationsMinutes"]);

    public async Task<ImportReport> Of(IReadOnlyList<FileRow> rows, Caller caller, bool dryRun, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var session = store.OpenSession(caller.As(Role.Integrator));
        var known = await imported.Find(
            caller.PersonId, caller.Key is { IsTest: true }, Role.Tutor, rows.Select(row => row.ExternalId).OfType<string>(), ct);
        var streams = await session.FetchForWriting<TutorAvailability>([.. known.Values.Select(AvailabilityRoutes.StreamOf)], ct);
        var report = new List<ImportedRow>(rows.Count);
        foreach (var row in rows)
        {
            var (wish, wrong) = row.As<AvailabilityWish>();
            if (wish is null)
            {
                report.Add(ImportPeople.Refuse(row, wrong!));
                continue;
            }
            if (!known.TryGetValue(row.ExternalId!, out var tutorId))
            {
                report.Add(ImportPeople.Refuse(row, Refusal.Invalid("unknown_external_id", "You have imported no tutor with this id.", "/externalId")));
                continue;
            }
            var stream = streams[AvailabilityRoutes.StreamOf(tutorId)];
            var decision = TutorAvailability.Set(stream.Aggregate, tutorId, wish, now);
            stream.AppendMany(decision.Events);
            report.Add(decision.IsRefused
                ? ImportPeople.Refuse(row, decision.Refusal)
                : new ImportedRow(row.Line, row.ExternalId,
                    decision.ChangesNothing ? RowResult.Unchanged : stream.Aggregate is null ? RowResult.Made : RowResult.Changed, tutorId));
        }
        if (dryRun || report.Exists(row => row.Result == RowResult.Refused))
            return ImportReport.Of(dryRun, written: false, report);
        await session.SaveChangesAsync(ct);
        return ImportReport.Of(dryRun, written: true, report);
    }
}
