using Muse.Domain.Meetings;

namespace Muse.Adapters.GoogleMeet;

/// <summary>Lessons as Calendar events with a Meet link.</summary>
public sealed class GoogleMeetings(GoogleMeetOptions options, IProviderAccounts? accounts = null) : IMeetingProvider
{
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.GoogleMeet, Records: true, MusicMode: false, WaitingRoom: true, Seats: 100);

    public async Task<bool> Serves(Guid tutorId, CancellationToken ct) =>
        (accounts is not null && await accounts.HasLive(tutorId, ProviderPolicy.GoogleMeet, ct)) || options.HostOf(tutorId, null) is not null;

    public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) => throw new NotImplementedException();

    public Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct) => Task.FromResult(place.JoinUrl);

    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) => throw new NotImplementedException();
}
