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
        new(ProviderPolicy.BuiltIn, Records: true, MusicMode: true, WaitingRoom: true, Seats: Domain.Lessons.Lesson.MostPresent);

    public Task<bool> Serves(Guid tutorId, CancellationToken ct) => Task.FromResult(true);

    public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) => Task.FromResult(RoomOf(order));

    public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => Task.FromResult(RoomOf(order));

    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) => Task.FromResult(RoomOf(order));

    public Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) =>
        Task.FromResult(new MeetingSighting(MeetingPresence.There));

    /// <summary>Muse's own page; its ticket is made by <see cref="Rooms.JoinLesson"/>.</summary>
    public Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct) => Task.FromResult(order.Link);

    /// <summary>None: the room says at once who comes and goes (<see cref="Rooms.Attendance"/>).</summary>
    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<MeetingReport>>([]);

    private static MeetingAnswer RoomOf(MeetingOrder order) => MeetingAnswer.At(order.LessonId.ToString(), order.Link);
}
