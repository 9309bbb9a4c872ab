using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>Lessons as scheduled Zoom meetings.</summary>
public sealed class ZoomMeetings(ZoomOptions options, IProviderAccounts accounts, ZoomReports reports) : IMeetingProvider
{
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.Zoom, Records: true, MusicMode: false, WaitingRoom: true, Seats: 100);

    public async Task<bool> Serves(Guid tutorId, CancellationToken ct) =>
        await accounts.HasLive(tutorId, ProviderPolicy.Zoom, ct) || options.HostOf(tutorId, null) is not null;

    public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct) => Task.FromResult(place.JoinUrl);

    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) => reports.Of(order, place, ct);
}
