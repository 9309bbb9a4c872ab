using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>What a connection test says about one provider.</summary>
public enum PreflightVerdict
{
    /// <summary>Not tested, not testable, or too long ago.</summary>
    Unknown,
    Works,
    DoesNot,
}

/// <param name="Provider">As in <see cref="MeetingAbilities.Name"/>.</param>
/// <param name="TakenAt">When the test ran.</param>
public sealed record PreflightFinding(string Provider, PreflightVerdict Verdict, Instant TakenAt);

/// <summary>The latest finding of one student for each provider.</summary>
public sealed record PreflightFindings(IReadOnlyList<PreflightFinding> Latest)
{
    /// <summary>Homes, tablets and networks change: an older finding counts as unknown.</summary>
    public static readonly Duration GoodFor = Duration.FromDays(14);

    public static readonly PreflightFindings None = new([]);

    public PreflightVerdict Of(string provider, Instant now) => Latest
        .Where(finding => finding.Provider == provider && finding.TakenAt + GoodFor > now)
        .OrderByDescending(finding => finding.TakenAt)
        .FirstOrDefault()?.Verdict ?? PreflightVerdict.Unknown;
}

/// <summary>Reads what a student's connection tests showed.</summary>
public interface IPreflightFindings
{
    /// <summary>Never null; <see cref="PreflightFindings.None"/> for a student who has tested nothing.</summary>
    Task<PreflightFindings> Of(Guid studentId, CancellationToken ct);
}
