using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>
/// Takes what providers tell, by webhook or by polling, into the lesson's and the meeting's streams. Reports may come twice, late and in any
/// order; one of a meeting that Muse did not arrange is passed over.
/// </summary>
public sealed class TakeReports
{
    public Task Take(IReadOnlyList<MeetingReport> reports, CancellationToken ct) => throw new NotImplementedException();
}
