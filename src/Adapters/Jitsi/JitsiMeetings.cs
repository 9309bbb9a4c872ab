using System.Runtime.ExceptionServices;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Lessons in rooms of a Jitsi server: the tutor's own before the school's. There is no call that makes a room: it is a name that follows from
/// lesson and server, and coming in is a token made at the click. All that is asked of a server is whether it is there and takes the keys.
/// </summary>
/// <param name="school">The school's server, or null.</param>
/// <param name="accounts">Null when tutors cannot connect their own.</param>
/// <param name="localServers"><see cref="JitsiOptions.AllowLocalServers"/>.</param>
public sealed class JitsiMeetings(JitsiServer? school, JitsiRooms rooms, JitsiPulse pulse, IProviderAccounts? accounts, bool localServers = false) : IMeetingProvider
{
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.Jitsi, Records: false, MusicMode: true, WaitingRoom: false, Seats: Lesson.MostPresent);

    public async Task<bool> Serves(Guid tutorId, CancellationToken ct) =>
        school is not null || (accounts is not null && await accounts.HasLive(tutorId, ProviderPolicy.Jitsi, ct));

    /// <exception cref="ProviderTrouble">No server takes the lesson, and one of them does not answer: nobody would get into the room.</exception>
    public async Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct)
    {
        var last = MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "There is no Jitsi server for this tutor, or its keys cannot be used.");
        ProviderTrouble? trouble = null;
        // The school's server may serve the tutor when the own one is down, or takes its keys no more: unlike at Zoom and Google, these are two
        // servers, and one that was only asked holds nothing.
        foreach (var host in await HostsOf(order.TutorId, ct))
        {
            string? why;
            try
            {
                why = await WhyRefused(host, order, ct);
            }
            catch (ProviderTrouble silent)
            {
                trouble ??= silent;
                continue;
            }
            if (why is null) return RoomAt(host.Server, order).With(tutorsOwn: host.IsOwn);
            last = host.IsOwn
                ? MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, $"The tutor's own Jitsi server does not take its keys: {why}")
                : MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"The Jitsi server does not take the keys of Meetings:Jitsi: {why}");
        }
        // It may pass; a refusal does not.
        if (trouble is not null) ExceptionDispatchInfo.Throw(trouble);
        return last;
    }

    /// <summary>The room stays; tokens made from now on carry the new times.</summary>
    public async Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) =>
        await HostOf(order, reference, ct) is { } host ? RoomAt(host.Server, order) : Gone;

    /// <summary>
    /// Nothing is kept at the server, so there is nothing to remove: nobody gets another token, and those that were made end with the lesson's
    /// time as it was.
    /// </summary>
    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) =>
        Task.FromResult(MeetingAnswer.At(reference ?? "", ""));

    /// <summary>There, as long as its server answers and takes what we sign for it.</summary>
    public async Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) =>
        await HostOf(order, reference, ct) is { } host && await WhyRefused(host, order, ct) is null
            ? new MeetingSighting(MeetingPresence.There)
            : new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode);

    /// <exception cref="ProviderTrouble">The room is of a server that Muse can no longer sign for.</exception>
    public async Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct)
    {
        if (await HostOf(order, place.Reference, ct) is not { } host)
            throw new ProviderTrouble(MeetingAnswer.DisconnectedCode, "The Jitsi server of this room is no longer set up.");
        // Of keys that a server lets nobody try, this is all that Muse ever learns: somebody has been sent there with them.
        if (accounts is not null && host.IsOwn) await accounts.NoteUse(order.TutorId, ProviderPolicy.Jitsi, ct);
        return $"{host.Server.AddressOf(place.Reference)}?jwt={JitsiToken.For(host.Server, place.Reference, guest, order)}#{JitsiDoor.Settings(order.Title, guest.Locale)}";
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

    /// <summary>Null when the server takes our keys, or says nothing of them.</summary>
    private async Task<string?> WhyRefused(Host host, MeetingOrder order, CancellationToken ct)
    {
        var sight = await pulse.Ask(host.Server, host.IsOwn, ct);
        if (sight.Keys is not KeysSeen.Refused) return null;
        if (host.Keys is { } keys) await accounts!.NoteRefusal(order.TutorId, ProviderPolicy.Jitsi, keys, ct);
        return sight.Why;
    }

    // Which of the tutor's servers has this room? A tutor may have connected another one since it was arranged.
    private async Task<Host?> HostOf(MeetingOrder order, string reference, CancellationToken ct) =>
        (await HostsOf(order.TutorId, ct)).Find(host => rooms.NameOf(order.LessonId, host.Server) == reference);

    private async Task<List<Host>> HostsOf(Guid tutorId, CancellationToken ct)
    {
        var hosts = new List<Host>(2);
        if (accounts is not null && await accounts.Access(tutorId, ProviderPolicy.Jitsi, null, ct) is { Dead: false, Token: { } keys }
            && JitsiServer.FromKeys(keys, localServers) is { } own)
            hosts.Add(new Host(own, keys));
        if (school is not null) hosts.Add(new Host(school, null));
        return hosts;
    }

    /// <param name="Keys">Of the tutor's own server, as the account holds them; null of the school's.</param>
    private sealed record Host(JitsiServer Server, string? Keys)
    {
        public bool IsOwn => Keys is not null;
    }
}
