using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>What happened in a meeting, asked over REST, for a server that webhooks cannot reach.</summary>
public sealed class ZoomReports
{
    public Task<IReadOnlyList<MeetingReport>> Of(MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<MeetingReport>>([]);
}
