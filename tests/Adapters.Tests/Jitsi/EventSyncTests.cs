using System.Text;
using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

public class EventSyncTests
{
    private const string Room = "abcdefghijklmnopqrstuvwxyz234567";
    private const string Person = "0193a000-0000-7000-8000-000000000003";
    private static readonly JitsiOptions Options = new() { EventSyncToken = "0123456789abcdef" };

    [Theory]
    [InlineData("Bearer 0123456789abcdef", true)]
    [InlineData("Bearer 0123456789abcdeF", false)]
    [InlineData("bearer 0123456789abcdef", false)]
    [InlineData("0123456789abcdef", false)]
    [InlineData("Bearer ", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_the_configured_token_is_genuine(string? header, bool genuine)
    {
        Assert.Equal(genuine, EventSync.IsGenuine(Options, header));
        Assert.False(EventSync.IsGenuine(new JitsiOptions { EventSyncToken = "" }, header));
    }

    [Fact]
    public void Coming_and_going_are_one_stay_with_the_id_of_the_token()
    {
        var came = Assert.IsType<GuestCame>(One("muc-occupant-joined", Occupant(joined: 1_600_951_800)));
        var went = Assert.IsType<GuestWent>(One("muc-occupant-left", Occupant(joined: 1_600_951_800, left: 1_600_952_000)));

        Assert.Equal(("jitsi", Room, Instant.FromUnixTimeSeconds(1_600_951_800)), (came.Provider, came.Reference, came.At));
        Assert.Equal(Instant.FromUnixTimeSeconds(1_600_952_000), went.At);
        Assert.Equal(Guid.Parse(Person), came.Guest.PersonId);
        Assert.Equal(came.Guest, went.Guest);
        Assert.NotEqual(came.Key, went.Key);
    }

    [Fact]
    public void A_repetition_has_the_same_key_and_another_stay_another()
    {
        var first = One("muc-occupant-joined", Occupant(joined: 1_600_951_800));

        Assert.Equal(first.Key, One("muc-occupant-joined", Occupant(joined: 1_600_951_800)).Key);
        Assert.NotEqual(first.Key, One("muc-occupant-joined", Occupant(joined: 1_600_951_801)).Key);
        Assert.NotEqual(first.Key, One("muc-occupant-joined", Occupant(joined: 1_600_951_800, jid: "other")).Key);
        Assert.InRange(first.Key.Length, 1, 128);
    }

    [Fact]
    public void A_room_begins_and_ends()
    {
        Assert.IsType<MeetingBegan>(One("muc-room-created", "\"created_at\":1600951700"));
        var over = Assert.IsType<MeetingOver>(One("muc-room-destroyed", "\"created_at\":1600951700,\"destroyed_at\":1600952100"));
        Assert.Equal(Instant.FromUnixTimeSeconds(1_600_952_100), over.At);
    }

    [Fact]
    public void A_tenants_room_is_told_by_its_plain_name()
    {
        var report = Assert.Single(EventSync.Parse(Bytes(Body("muc-room-created", "\"created_at\":1600951700", $"[academy]{Room.ToUpperInvariant()}")))!);

        Assert.Equal(Room, report.Reference);
    }

    [Fact]
    public void A_side_room_and_an_event_of_tomorrow_are_passed_over()
    {
        Assert.Empty(EventSync.Parse(Bytes(Body("muc-occupant-left", "\"is_breakout\":true," + Occupant(joined: 1, left: 1_600_952_000))))!);
        Assert.Empty(EventSync.Parse(Bytes(Body("muc-room-renamed", "\"created_at\":1600951700")))!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"event_name":"muc-room-created"}""")]
    [InlineData("""{"event_name":"something","room_name":"a"}""")]
    [InlineData("""{"event_name":{"a":1},"room_name":"a"}""")]
    public void What_is_no_event_cannot_be_read(string body) => Assert.Null(EventSync.Parse(Bytes(body)));

    [Fact]
    public void Whatever_comes_nothing_breaks_and_nothing_grows()
    {
        var random = new Random(20_261_207);
        byte[][] seeds = [Bytes(Body("muc-occupant-joined", Occupant(joined: 1_600_951_800))), Bytes(Body("muc-room-destroyed", "\"destroyed_at\":1600952100"))];
        foreach (var body in Mutations.Of(seeds, random, 20_000))
            foreach (var report in EventSync.Parse(body) ?? [])
                Mutations.IsBounded(report);
    }

    private static MeetingReport One(string name, string members) => Assert.Single(EventSync.Parse(Bytes(Body(name, members)))!);

    private static string Body(string name, string members, string room = Room) =>
        $$"""{"event_name":"{{name}}","room_name":"{{room}}","room_jid":"{{room}}@conference.meet.example.org",{{members}}}""";

    private static string Occupant(long joined, long? left = null, string jid = "1a2b3c4d") =>
        $$"""
        "occupant":{"occupant_jid":"{{Room}}@conference.meet.example.org/{{jid}}","joined_at":{{joined}},"left_at":{{left?.ToString() ?? "null"}},"name":"Kim","email":"kim@example.org","id":"{{Person}}"}
        """;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
