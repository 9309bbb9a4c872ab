using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>
/// The rooms of our own SFU. The room's id is the lesson's, so there is nothing to reserve: the room comes into being when the first
/// person is let in, at whatever time the lesson then has, and closes when the lesson is over, moved away or cancelled
/// (<see cref="Rooms.LiveRooms"/>).
/// </summary>
public sealed class BuiltInMeetings : IMeetingProvider
{
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.BuiltIn, Records: false, MusicMode: true, WaitingRoom: false, ProviderPolicy.ListedAppsOnly);

    public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) => Task.FromResult(RoomOf(order));

    public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => Task.FromResult(RoomOf(order));

    public Task<MeetingAnswer> Withdraw(Guid lessonId, string reference, CancellationToken ct) =>
        Task.FromResult(MeetingAnswer.At(reference, ""));

    private static MeetingAnswer RoomOf(MeetingOrder order) => MeetingAnswer.At(order.LessonId.ToString(), order.Link);
}
