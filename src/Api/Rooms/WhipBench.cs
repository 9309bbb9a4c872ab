using Muse.Adapters.Postgres;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>
/// A room for load tests, <c>/v1/rooms/bench-{name}/…</c>, open to whoever has <c>Rooms:Bench:Key</c>; there is none unless the operator
/// sets that key. It belongs to no lesson, writes no event and closes with its last session. <c>?as=</c> names a publisher and is what
/// <c>?publisher=</c> asks for.
/// </summary>
internal sealed class WhipBench(OpenRooms rooms, string name, string? who, bool publishes, TimeProvider time) : WhipRoom
{
    public const string Prefix = "bench-";
    private const int LongestName = 64;

    private static readonly Guid Namespace = new("6f9c1d0e-2a57-4d6e-9b7a-57a3c4b1e0d2");

    private readonly Guid _id = NameBasedId.From(Namespace, name);

    public static bool IsName(string room) => room.StartsWith(Prefix, StringComparison.Ordinal) && room.Length <= LongestName;

    public static bool IsGoodAs(string? who) => who is null or { Length: > 0 and <= LongestName };

    public override IEnumerable<TrackInfo> Tracks(string? publisher)
    {
        if (rooms.Find(_id) is not { } room) return [];
        Guid? wanted = publisher is null ? null : PublisherOf(publisher);
        Guid? own = who is null ? null : PublisherOf(who);
        return room.Tracks.Where(track => track.ParticipantId != own && (wanted is null || track.ParticipantId == wanted));
    }

    public override async Task<Outcome<Participant>> Enter()
    {
        var id = publishes && who is not null ? PublisherOf(who) : Guid.CreateVersion7(time.GetUtcNow());
        // The last one may be leaving, and the room closing, this very moment.
        for (var tries = 0; ; tries++)
        {
            var opened = rooms.Open(_id, RoomProfile.Lesson);
            if (opened.IsRefused) return opened.Refusal!;
            var joined = await opened.Value.Join(id, who ?? name, publishes ? ParticipantRole.Tutor : ParticipantRole.Listener);
            if (joined.Refusal is not { Code: "room_closed" } || tries == 3) return joined;
        }
    }

    public override async Task Leave(Participant participant, bool isLost = false)
    {
        await participant.Leave();
        if (participant.Room.Participants.IsEmpty) await participant.Room.Close();
    }

    private Guid PublisherOf(string publisher) => NameBasedId.From(_id, publisher);
}
