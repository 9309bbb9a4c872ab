using Muse.Domain.Lessons;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Lessons in rooms of a Jitsi server: the tutor's own before the school's. There is no call that makes a room, so nothing here speaks to the
/// server: a room is a name that follows from lesson and server, and coming in is a token made at the click.
/// </summary>
/// <param name="school">The school's server, or null.</param>
/// <param name="accounts">Null when tutors cannot connect their own.</param>
/// <param name="localServers"><see cref="JitsiOptions.AllowLocalServers"/>.</param>
public sealed class JitsiMeetings(JitsiServer? school, JitsiRooms rooms, IProviderAccounts? accounts, bool localServers = false) : IMeetingProvider
{
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.Jitsi, Records: false, MusicMode: true, WaitingRoom: false, Seats: Lesson.MostPresent);

    public async Task<bool> Serves(Guid tutorId, CancellationToken ct) =>
        school is not null || (accounts is not null && await accounts.HasLive(tutorId, ProviderPolicy.Jitsi, ct));

    public async Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) =>
        (await ServersOf(order.TutorId, ct)).FirstOrDefault() is { } server
            ? RoomAt(server, order).With(tutorsOwn: server != school)
            : MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "There is no Jitsi server for this tutor, or its keys cannot be used.");

    /// <summary>The room stays; tokens made from now on carry the new times.</summary>
    public async Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) =>
        await ServerOf(order, reference, ct) is { } server ? RoomAt(server, order) : Gone;

    /// <summary>
    /// Nothing is kept at the server, so there is nothing to remove: nobody gets another token, and those that were made end with the lesson's
    /// time as it was.
    /// </summary>
    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) =>
        Task.FromResult(MeetingAnswer.At(reference ?? "", ""));

    /// <summary>There, as long as somebody can sign for its server.</summary>
    public async Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) =>
        await ServerOf(order, reference, ct) is not null
            ? new MeetingSighting(MeetingPresence.There)
            : new MeetingSighting(MeetingPresence.Gone, "The room's server is no longer set up.");

    /// <exception cref="ProviderTrouble">The room is of a server that Muse can no longer sign for.</exception>
    public async Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct)
    {
        if (await ServerOf(order, place.Reference, ct) is not { } server)
            throw new ProviderTrouble(MeetingAnswer.DisconnectedCode, "The Jitsi server of this room is no longer set up.");
        // All that Muse ever learns of keys that it cannot check: somebody has been sent there with them.
        if (accounts is not null && server != school) await accounts.NoteUse(order.TutorId, ProviderPolicy.Jitsi, ct);
        return $"{server.AddressOf(place.Reference)}?jwt={JitsiToken.For(server, place.Reference, guest, order)}#{JitsiDoor.Settings(order.Title, guest.Locale)}";
    }

    /// <summary>None: Jitsi has nothing to ask. Who came is known by webhook (<see cref="JaasWebhook"/>, <see cref="EventSync"/>) or not at all.</summary>
    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<MeetingReport>>([]);

    private static MeetingAnswer Gone { get; } = MeetingAnswer.Failed(MeetingAnswer.GoneCode, "The room's server is no longer set up.");

    private MeetingAnswer RoomAt(JitsiServer server, MeetingOrder order)
    {
        var room = rooms.NameOf(order.LessonId, server);
        return MeetingAnswer.At(room, server.AddressOf(room));
    }

    // Which of the tutor's servers has this room? A tutor may have connected another one since it was arranged.
    private async Task<JitsiServer?> ServerOf(MeetingOrder order, string reference, CancellationToken ct) =>
        (await ServersOf(order.TutorId, ct)).Find(server => rooms.NameOf(order.LessonId, server) == reference);

    private async Task<List<JitsiServer>> ServersOf(Guid tutorId, CancellationToken ct)
    {
        var servers = new List<JitsiServer>(2);
        if (accounts is not null && await accounts.Access(tutorId, ProviderPolicy.Jitsi, null, ct) is { Dead: false, Token: { } keys }
            && JitsiServer.FromKeys(keys, localServers) is { } own)
            servers.Add(own);
        if (school is not null) servers.Add(school);
        return servers;
    }
}
