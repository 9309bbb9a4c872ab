using System.Text.RegularExpressions;
using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>The errand's body. The token is sealed: whoever reads the database or a backup without <c>keys/</c> cannot open the file.</summary>
/// <param name="Leg">A file that takes longer than one run of an errand is fetched in legs, each an errand of its own.</param>
public sealed record FetchRecordingErrand(
    Guid RecordingId, Guid LessonId, Guid TutorId, string Reference, string? Instance, string FileId, string MediaType, long? Size, string Url,
    string? SealedToken, int Leg = 0);

/// <summary>
/// Brings a file from the provider to the shelf. What came stays there, so each run goes on where the last one stopped; a run ends before the
/// runner's patience does, and when it got on the next leg follows at once, without counting as a failure.
/// </summary>
public sealed partial class FetchRecording(
    EventStore store, IRecordingShelf shelf, IEnumerable<IRecordingSource> sources, FoundRecordings found, ConsentRows consents, RecordingsOptions options,
    TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "fetch_recording";

    /// <summary>Well within <see cref="ErrandRunner"/>'s 100 seconds and the lease of two minutes.</summary>
    public TimeSpan LegTime { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Of a file whose provider names no size. Two hours of video are some 2 GB.</summary>
    private const long MostBytes = 20L * 1024 * 1024 * 1024;

    /// <summary>Twelve hours of legs; beyond it the wire is too slow for anybody.</summary>
    private const int MostLegs = 600;

    public string Kind => ErrandKind;

    /// <summary>After a few quick ones every hour: three days, as long as a provider may work on a recording.</summary>
    public int Attempts => 80;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var wanted = errand.BodyAs<FetchRecordingErrand>();
        await using var session = store.OpenSession(Actor.Server("recordings"));
        var stream = await session.FetchForWriting<Recording>(wanted.RecordingId, ct);
        var recording = stream.Aggregate ?? throw new ErrandIsHopeless("not_found: there is no such recording.");
        if (recording.IsShelved()) return;
        if (recording.State is RecordingState.Deleted)
        {
            // Deleted while this fetched it: what came since is not wanted either.
            await shelf.Delete(wanted.RecordingId, ct);
            return;
        }
        if (await session.AggregateStreamAsync<Lesson>(wanted.LessonId, ct) is { } lesson
            && await consents.HasAnyRevoked(ConsentPurpose.Recording, lesson.TutorId, lesson.StudentId, [], ct))
        {
            throw new ErrandLater("consent_revoked: somebody of the lesson has taken the consent to recording back.", Withheld);
        }

        if (!await IsWhole(wanted, ct) && !await Fetch(wanted, recording.Provider, ct))
        {
            session.Schedule(ErrandKind, wanted with { Leg = wanted.Leg + 1 }, causedBy: NameBasedId.From(wanted.RecordingId, $"leg {wanted.Leg + 1} of {errand.Id}"));
            await session.SaveChangesAsync(ct);
            return;
        }
        var file = await Finish(wanted, ct);
        stream.AppendMany(recording.Shelve(file.Size, file.Sha256, Now).Events);
        if (options.Kept is { } kept)
            session.Schedule(DeleteRecording.ErrandKind, new DeleteRecordingErrand(wanted.RecordingId, DeletedBecause.Expired), dueAt: Now + kept);
        await session.SaveChangesAsync(ct);
    }

    public async Task GiveUp(Errand errand, string lastError, CancellationToken ct)
    {
        var id = errand.BodyAs<FetchRecordingErrand>().RecordingId;
        await using var session = store.OpenSession(Actor.Server("recordings"));
        var stream = await session.FetchForWriting<Recording>(id, ct);
        if (stream.Aggregate is not { } recording) return;
        var code = Code().Match(lastError) is { Success: true } match ? match.Groups["code"].Value : "fetch_failed";
        stream.AppendMany(recording.FailToFetch(code, "The recording could not be fetched from the provider.", Now).Events);
        await session.SaveChangesAsync(ct);
    }

    /// <summary>True when all of it has come, false when the leg's time is over and something has.</summary>
    private async Task<bool> Fetch(FetchRecordingErrand wanted, string provider, CancellationToken ct)
    {
        if (wanted.Leg >= MostLegs) throw new ErrandIsHopeless("too_slow: it does not come to an end.");
        var source = sources.FirstOrDefault(s => s.Provider == provider)
            ?? throw new ErrandIsHopeless($"not_configured: nothing fetches recordings of {provider}.");
        var from = await shelf.LengthOf(wanted.RecordingId, ct);
        using var leg = CancellationTokenSource.CreateLinkedTokenSource(ct);
        leg.CancelAfter(LegTime);
        try
        {
            var opened = await source.Open(
                new RecordingFile(wanted.LessonId, wanted.TutorId, wanted.Reference, wanted.Instance, wanted.FileId, wanted.MediaType, wanted.Size, wanted.Url),
                found.Unseal(wanted.SealedToken), from, leg.Token);
            if (opened.Bytes is not { } bytes)
                throw new ErrandIsHopeless($"{opened.FailureCode}: {opened.FailureDetail}");
            await using (bytes)
            {
                if (bytes.From != from)
                    await shelf.StartAnew(wanted.RecordingId, ct);
                var most = wanted.Size ?? bytes.Size ?? MostBytes;
                var length = await shelf.Append(wanted.RecordingId, bytes.From, bytes.Content, most, leg.Token);
                if ((wanted.Size ?? bytes.Size) is { } whole && length < whole)
                    throw new ProviderTrouble("broken_off", $"broken_off: {length} of {whole} bytes came.");
            }
            return true;
        }
        catch (OperationCanceledException) when (leg.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return await shelf.LengthOf(wanted.RecordingId, ct) > from
                ? false
                : throw new ProviderTrouble("timed_out", "timed_out: nothing came in time.");
        }
        catch (ProviderTrouble trouble) when (!trouble.Message.StartsWith(trouble.Code, StringComparison.Ordinal))
        {
            throw new ProviderTrouble(trouble.Code, $"{trouble.Code}: {trouble.Message}", trouble) { NotBefore = trouble.NotBefore };
        }
        catch (ShelfTrouble trouble)
        {
            // More bytes than the provider told, or a draft that another run changed: the next run begins with a clean one.
            if (trouble.Code is ShelfTrouble.TooLong) await shelf.StartAnew(wanted.RecordingId, ct);
            throw new InvalidOperationException($"{trouble.Code}: {trouble.Message}", trouble);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new ProviderTrouble("broken_off", "broken_off: the connection broke.", broken);
        }
    }

    private async Task<bool> IsWhole(FetchRecordingErrand wanted, CancellationToken ct)
    {
        await using var finished = await shelf.Open(wanted.RecordingId, ct);
        return finished is not null || (wanted.Size is { } size && await shelf.LengthOf(wanted.RecordingId, ct) == size);
    }

    private async Task<ShelvedFile> Finish(FetchRecordingErrand wanted, CancellationToken ct)
    {
        try
        {
            return await shelf.Finish(wanted.RecordingId, wanted.Size, ct);
        }
        catch (ShelfTrouble trouble)
        {
            throw new InvalidOperationException($"{trouble.Code}: {trouble.Message}", trouble);
        }
    }

    /// <summary>Seldom enough that there are attempts left when it is deleted, or given again.</summary>
    private Duration Withheld => Duration.Max(Duration.FromHours(1), options.KeptRevoked / 40);

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>The runner gives "Type: message", and every message here begins with its code.</summary>
    [GeneratedRegex("^[A-Za-z]+: (?<code>[a-z]+(_[a-z]+)*):? ")]
    private static partial Regex Code();
}
