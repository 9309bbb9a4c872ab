using System.Net.Http.Json;
using Muse.Api.Rooms;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

public sealed class SignallingTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private static readonly Duration Soon = Duration.FromMinutes(5);

    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> Lesson()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        return (tutor, student, await server.Lesson(tutor, student, Soon));
    }

    private static string Join(string ticket) => $$"""{"type":"join","ticket":"{{ticket}}"}""";

    [Fact]
    public async Task A_ticket_lets_in_once_and_the_joining_is_an_event()
    {
        var (tutor, _, lesson) = await Lesson();
        var ticket = await server.Ticket(tutor, lesson);
        using var first = await server.Connect(lesson);
        await first.Send(Join(ticket));
        var joined = await first.Hear("joined");
        Assert.Equal(lesson, joined.GetProperty("room").GetGuid());
        Assert.True(joined.GetProperty("profile").GetProperty("music").GetBoolean());
        Assert.Equal(128_000, joined.GetProperty("profile").GetProperty("audioBitrate").GetInt32());
        Assert.Equal(0, joined.GetProperty("participants").GetArrayLength());

        using var second = await server.Connect(lesson);
        await second.Send(Join(ticket));

        Assert.Equal(("ticket_invalid", 4401), await second.ClosedWithError());
        Assert.Equal(["participant_joined"], await server.Happened(lesson, 1));
    }

    [Theory]
    [InlineData(true, 128_000)]
    [InlineData(false, 40_000)]
    public async Task The_room_is_for_music_unless_the_tutor_wants_speech(bool musicMode, int audioBitrate)
    {
        var (tutor, _, lesson) = await Lesson();
        using var wanted = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/meeting-preferences")
        {
            Content = JsonContent.Create(new { order = Array.Empty<string>(), musicMode, recording = false }),
        };
        wanted.Headers.IfNoneMatch.ParseAdd("*");
        Assert.True((await tutor.Http.SendAsync(wanted)).IsSuccessStatusCode);
        using var socket = await server.Connect(lesson);
        await socket.Send(Join(await server.Ticket(tutor, lesson)));
        var profile = (await socket.Hear("joined")).GetProperty("profile");
        Assert.Equal(musicMode, profile.GetProperty("music").GetBoolean());
        Assert.Equal(audioBitrate, profile.GetProperty("audioBitrate").GetInt32());
    }

    [Fact]
    public void A_profile_that_does_not_exist_stops_the_start()
    {
        var options = new RoomsOptions { MusicProfile = "loud" };
        Assert.Throws<InvalidOperationException>(() => options.ProfileFor(MeetingPreferences.Default));
        options.MusicProfile = "performance";
        Assert.Equal(256_000, options.ProfileFor(MeetingPreferences.Default).AudioBitrate);
    }

    [Fact]
    public async Task A_ticket_that_is_too_old_or_for_another_room_lets_nobody_in_and_writes_no_event()
    {
        var (tutor, student, lesson) = await Lesson();
        var other = await server.Lesson(tutor, student, Soon);
        var refused = server.Counts[Dropped.Ticket];

        using var elsewhere = await server.Connect(other);
        await elsewhere.Send(Join(await server.Ticket(tutor, lesson)));
        Assert.Equal(("ticket_invalid", 4401), await elsewhere.ClosedWithError());

        var old = await server.Ticket(tutor, lesson);
        server.Time.Advance(Tickets.Lifetime);
        using var late = await server.Connect(lesson);
        await late.Send(Join(old));
        Assert.Equal(("ticket_invalid", 4401), await late.ClosedWithError());

        Assert.Empty(await server.Happened(lesson, 0));
        Assert.Empty(await server.Happened(other, 0));
        Assert.Equal(refused + 2, server.Counts[Dropped.Ticket]);
    }

    [Fact]
    public async Task The_lesson_starts_when_tutor_and_student_are_both_in_and_each_hears_of_the_other()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        var (second, joined) = await server.Enter(student, lesson);
        Assert.Equal("tutor", Assert.Single(joined.GetProperty("participants").EnumerateArray()).GetProperty("role").GetString());
        Assert.Equal("student", (await first.Hear("participantJoined")).GetProperty("participant").GetProperty("role").GetString());
        await first.Hear("lessonStarted");
        await second.Hear("lessonStarted");

        await second.Send("""{"type":"mute","kind":"audio","muted":true}""");
        var muted = await first.Hear("muted");
        Assert.Equal(joined.GetProperty("participantId").GetGuid(), muted.GetProperty("participantId").GetGuid());
        Assert.True(muted.GetProperty("muted").GetBoolean());

        await second.Send("""{"type":"leave"}""");
        Assert.Equal(1000, await second.Closed());
        Assert.Equal("left", (await first.Hear("participantLeft")).GetProperty("reason").GetString());
        Assert.Equal(["participant_joined", "participant_joined", "lesson_started", "participant_left"], await server.Happened(lesson, 4));
    }

    [Fact]
    public async Task The_newest_socket_of_a_person_takes_the_seat()
    {
        var (tutor, _, lesson) = await Lesson();
        var (older, _) = await server.Enter(tutor, lesson);
        var (_, joined) = await server.Enter(tutor, lesson);

        Assert.Equal(("replaced", 4409), await older.ClosedWithError());
        Assert.Equal(0, joined.GetProperty("participants").GetArrayLength());
        Assert.Equal(["participant_joined", "participant_left", "participant_joined"], await server.Happened(lesson, 3));
    }

    [Fact]
    public async Task A_lost_socket_is_resumed_by_its_secret_until_the_next_one_was_used_and_nobody_left()
    {
        var (tutor, _, lesson) = await Lesson();
        var (lost, joined) = await server.Enter(tutor, lesson);
        lost.Abort();
        var secret = joined.GetProperty("secret").GetString();
        using var again = await server.Connect(lesson);
        await again.Send($$"""{"type":"resume","secret":"{{secret}}"}""");
        var resumed = await again.Hear("joined");
        Assert.Equal(joined.GetProperty("participantId").GetGuid(), resumed.GetProperty("participantId").GetGuid());
        Assert.NotEqual(secret, resumed.GetProperty("secret").GetString());

        // As if that answer had been lost with its socket.
        again.Abort();
        using var third = await server.Connect(lesson);
        await third.Send($$"""{"type":"resume","secret":"{{secret}}"}""");
        var next = (await third.Hear("joined")).GetProperty("secret").GetString();
        using var fourth = await server.Connect(lesson);
        await fourth.Send($$"""{"type":"resume","secret":"{{next}}"}""");
        await fourth.Hear("joined");

        using var thief = await server.Connect(lesson);
        await thief.Send($$"""{"type":"resume","secret":"{{secret}}"}""");
        Assert.Equal(("resume_invalid", 4401), await thief.ClosedWithError());
        Assert.Equal(["participant_joined"], await server.Happened(lesson, 1));
    }

    [Fact]
    public async Task A_socket_that_is_not_resumed_in_time_has_left()
    {
        var (tutor, student, lesson) = await Lesson();
        var (stays, _) = await server.Enter(tutor, lesson);
        var (lost, _) = await server.Enter(student, lesson);
        lost.Abort();

        Assert.Equal("lost", (await stays.Hear("participantLeft")).GetProperty("reason").GetString());
        Assert.Equal("participant_left", (await server.Happened(lesson, 4))[3]);
    }

    [Fact]
    public async Task Only_the_tutor_ends_the_lesson_and_everybody_goes()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        await first.Send("""{"type":"endLesson"}""");
        Assert.Equal("lesson_not_started", (await first.Hear("error")).GetProperty("code").GetString());
        var (second, _) = await server.Enter(student, lesson);
        await first.Hear("lessonStarted");
        await second.Send("""{"type":"endLesson"}""");
        Assert.Equal("not_allowed", (await second.Hear("error")).GetProperty("code").GetString());

        await first.Send("""{"type":"endLesson"}""");

        Assert.Equal("ended", (await second.Hear("roomClosed")).GetProperty("reason").GetString());
        Assert.Equal(4410, await second.Closed());
        Assert.Equal(4410, await first.Closed());
        Assert.Equal(["participant_left", "participant_left", "lesson_ended"], (await server.Happened(lesson, 6))[^3..]);
        using var answer = await tutor.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
        await answer.IsProblem(System.Net.HttpStatusCode.Conflict, "lesson_over");
        // It said "by the clock".
        var told = (await (await student.Http.GetAsync($"/v1/lessons/{lesson}/timeline")).Json()).GetProperty("items").EnumerateArray();
        Assert.Equal("tutor", told.Single(item => item.GetProperty("type").GetString() == "lesson_ended").GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("{", "malformed_message")]
    [InlineData("""{"type":"offer","id":1,"connection":"publish","sdp":"v=0"}""", "malformed_message")]
    [InlineData("""{"type":"dance"}""", "unknown_type")]
    [InlineData("""{"type":"join","ticket":"x","room":"y"}""", "malformed_message")]
    public async Task A_first_message_that_is_no_join_closes_the_socket(string text, string error)
    {
        var (_, _, lesson) = await Lesson();
        using var socket = await server.Connect(lesson);
        await socket.Send(text);

        Assert.Equal((error, 4400), await socket.ClosedWithError());
        Assert.Empty(await server.Happened(lesson, 0));
    }

    [Fact]
    public async Task Who_says_nothing_is_let_go()
    {
        var late = server.Counts[Dropped.TooLate];
        using var socket = await server.Connect(Guid.NewGuid());

        Assert.Equal(("too_late", 4408), await socket.ClosedWithError());
        // Silent sockets that other tests left behind may run out of time in the same second.
        Assert.True(server.Counts[Dropped.TooLate] > late);
    }

    [Fact]
    public async Task A_binary_or_oversized_message_closes_the_socket_and_is_counted()
    {
        var (large, malformed) = (server.Counts[Dropped.TooLarge], server.Counts[Dropped.Malformed]);
        using var binary = await server.Connect(Guid.NewGuid());
        await binary.SendBinary([1, 2, 3]);
        Assert.Equal(("malformed_message", 1003), await binary.ClosedWithError());

        using var oversized = await server.Connect(Guid.NewGuid());
        await oversized.Send(new string('x', SignalSocket.LargestMessage + 1));
        Assert.Equal(("message_too_large", 1009), await oversized.ClosedWithError());

        Assert.Equal(large + 1, server.Counts[Dropped.TooLarge]);
        Assert.Equal(malformed + 1, server.Counts[Dropped.Malformed]);
    }

    [Fact]
    public async Task Faulty_messages_are_answered_and_the_fifth_closes()
    {
        var (tutor, _, lesson) = await Lesson();
        var (socket, _) = await server.Enter(tutor, lesson);
        string[] faulty = ["{", """{"type":"dance"}""", """{"type":"join","ticket":"t"}""", """{"type":"offer","id":7,"connection":"publish","sdp":"nonsense"}"""];
        var codes = new List<string?>();
        foreach (var text in faulty)
        {
            await socket.Send(text);
            codes.Add((await socket.Hear("error")).GetProperty("code").GetString());
        }
        Assert.Equal(["malformed_message", "unknown_type", "already_joined", "invalid_offer"], codes);

        await socket.Send("[]");
        Assert.Equal(4400, await socket.Closed());
    }

    [Fact]
    public async Task A_flood_is_dropped_counted_and_ends()
    {
        var (tutor, student, lesson) = await Lesson();
        var (other, _) = await server.Enter(tutor, lesson);
        var (socket, _) = await server.Enter(student, lesson);
        var flooded = server.Counts[Dropped.Flood];
        for (var i = 0; i < 1_000; i++) await socket.Send("""{"type":"mute","kind":"audio","muted":true}""");

        Assert.Equal(("too_many_messages", 4429), await socket.ClosedWithError());
        Assert.Equal(flooded + SignalSocket.MostFlooded, server.Counts[Dropped.Flood]);
        await other.Hear("participantLeft");
    }

    [Fact]
    public async Task Candidates_beyond_the_limit_are_dropped_and_the_socket_lives()
    {
        var (tutor, _, lesson) = await Lesson();
        var (socket, _) = await server.Enter(tutor, lesson);
        var dropped = server.Counts[Dropped.Candidate];
        for (var i = 0; i < 66; i++)
        {
            await socket.Send("""{"type":"iceCandidate","connection":"publish","candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"}""");
            if (i >= 50) await Task.Delay(60);
        }
        await socket.Send("""{"type":"leave"}""");

        Assert.Equal(1000, await socket.Closed());
        Assert.Equal(dropped + 2, server.Counts[Dropped.Candidate]);
    }

    [Fact]
    public async Task Pages_of_another_site_are_refused_and_our_own_are_not()
    {
        var refused = server.Counts[Dropped.Origin];
        using var http = server.Anyone();

        Assert.Equal(403, (await server.Connect(Guid.NewGuid(), "https://evil.example")).RefusedWith);
        Assert.Equal(403, (await server.Connect(Guid.NewGuid(), "null")).RefusedWith);
        Assert.Null((await server.Connect(Guid.NewGuid(), http.BaseAddress!.GetLeftPart(UriPartial.Authority))).RefusedWith);
        Assert.Equal(refused + 2, server.Counts[Dropped.Origin]);
    }

    [Fact]
    public async Task One_address_opens_a_bounded_number_of_sockets_that_say_nothing()
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.Connect(Guid.NewGuid(), address: "198.51.100.7")));

        Assert.InRange(sockets.Count(s => s.RefusedWith == 429), 24, 39);
        Assert.Null((await server.Connect(Guid.NewGuid(), address: "198.51.100.8")).RefusedWith);
        foreach (var socket in sockets) socket.Dispose();
    }

    [Fact]
    public async Task A_plain_request_to_the_socket_is_refused()
    {
        using var answer = await server.Anyone().GetAsync($"/v1/rooms/{Guid.NewGuid()}/signal");

        await answer.IsProblem(System.Net.HttpStatusCode.BadRequest, "not_a_websocket");
    }
}
