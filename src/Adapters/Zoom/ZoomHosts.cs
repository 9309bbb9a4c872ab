using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>Whose Zoom carries a tutor's lessons: the tutor's own account goes first, then the school's.</summary>
public sealed class ZoomHosts(ZoomOptions options, IProviderAccounts accounts, TutorAddresses addresses)
{
    public async Task<bool> Serves(Guid tutorId, CancellationToken ct)
    {
        if (await accounts.HasLive(tutorId, ProviderPolicy.Zoom, ct) || options.HostOf(tutorId, null) is not null) return true;
        return options.HasAccount && options.Hosts.Keys.Any(key => key.Contains('@')) && options.HostOf(tutorId, await addresses.Of(tutorId, ct)) is not null;
    }

    /// <summary>Best first. Where a meeting of the lesson was made, or may have been, goes before everything: it is adopted there.</summary>
    public async Task<IReadOnlyList<ZoomHost>> For(MeetingOrder order, ZoomTrace? trace, CancellationToken ct)
    {
        var hosts = new List<ZoomHost>();
        if (trace is { MeetingId: not null } or { UnsureSince: not null } && (trace.Host.IsOwn || options.HasAccount)) hosts.Add(trace.Host);
        if (await accounts.HasLive(order.TutorId, ProviderPolicy.Zoom, ct)) hosts.Add(ZoomHost.OwnOf(order.TutorId));
        if (options.HostOf(order.TutorId, order.TutorEmail) is { } school) hosts.Add(ZoomHost.Of(school));
        return [.. hosts.Distinct()];
    }
}
