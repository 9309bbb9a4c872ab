using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Rooms;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using NodaTime;
using RecordedTrack = Muse.Domain.Recordings.RecordedTrack;

namespace Muse.Api.Tests.Recordings;

public sealed class RecordedRoomTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    private const string Record = """{"type":"record","on":true}""";

    [Fact]
    public async Task A_room_is_recorded_while_everybody_in_it_has_agreed_and_all_are_told()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await first.Send(Record);
        await Light(second, "waiting", student.Name);
        Assert.Empty((await Recordings(tutor, lesson)).EnumerateArray());

        await Agrees(student);
        await Light(second, "on", "");
        var id = Assert.Single((await Recordings(tutor, lesson)).EnumerateArray()).Id();
        Assert.Equal(["room_recording_started"], await server.EventsOf(id));

        // Who comes again and has agreed does not interrupt it.
        var (again, joined) = await server.Enter(student, lesson);
        Assert.Equal("on", joined.GetProperty("recording").Text("state"));
        Assert.Equal(["room_recording_started"], await server.EventsOf(id));

        await first.Send("""{"type":"record","on":false}""");
        await Light(again, "off", "");
        await Until(tutor, lesson, "shelved");
        Assert.Equal(["room_recording_started", "room_recording_stopped", "room_recording_finalised"], await server.EventsOf(id));
    }

    [Fact]
    public async Task It_stops_before_the_one_who_takes_the_consent_back_is_answered_and_nobody_sees_it_until_it_is_given_again()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await first.Send(Record);
        await Light(second, "on", "");
        var id = (await Recordings(student, lesson))[0].Id();

        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync(Consent(student))).StatusCode);

        Assert.Equal(StoppedBecause.ConsentRevoked, Assert.Single((await server.DataOf(id)).OfType<RoomRecordingStopped>()).Because);
        await Light(second, "waiting", student.Name);
        await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");

        await Agrees(student, seen: 2);
        await Light(second, "on", "");
        Assert.Equal(2, (await Recordings(tutor, lesson)).GetArrayLength());
    }

    /// <summary>Who took it back in the moment in which the recording began was recorded on, because nobody was in it yet.</summary>
    [Fact]
    public async Task Nothing_is_written_of_who_takes_it_back_while_it_begins()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        for (var turn = 0; turn < 8; turn++)
        {
            await Agrees(student, seen: 2 * turn);
            await first.Send(Record);
            if (turn > 3) await Task.Yield();
            Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync(Consent(student))).StatusCode);
            Assert.True(Media(lesson).Recorder is null or { State: RecorderState.Paused or RecorderState.Stopped }, "It is recorded on.");
            await Light(second, "waiting", student.Name);
            Assert.True(Media(lesson).Recorder is null or { State: RecorderState.Paused or RecorderState.Stopped }, "It is recorded again.");
            await first.Send("""{"type":"record","on":false}""");
            await Light(second, "off", "");
        }
    }

    [Fact]
    public async Task What_is_sent_while_it_stands_paused_is_not_written()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await first.Send(Record);
        await Light(second, "on", "");
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var recorder = Media(lesson).Recorder!;
        var sent = 0;
        await Sent(until: () => recorder.Counts.Packets > 20);
        var rooms = server.Services.GetRequiredService<Api.Rooms.LiveRooms>();
        var aunt = new Api.Rooms.TicketHolder(lesson, (await server.Guardian()).PersonId, "Mina", Api.Rooms.RoomRole.Guardian);

        var seat = (await rooms.Find(lesson)!.EnterWithoutSocket(aunt)).Value;
        var written = recorder.Counts.Packets;
        var before = sent;
        await Sent(until: () => sent > before + 100);
        Assert.Equal(written, recorder.Counts.Packets);
        await Light(second, "paused", "Mina");

        await rooms.Find(lesson)!.Leave(seat);
        await Light(second, "on", "", soundOnly: tutor.Name);
        await Sent(until: () => recorder.Counts.Packets > written);

        async Task Sent(Func<bool> until)
        {
            var waited = System.Diagnostics.Stopwatch.StartNew();
            while (!until())
            {
                encoder.SendRtp(0xA0D10, ++sent, 111, (uint)sent * 960, [0xFC, (byte)sent, 1, 2, 3], "0");
                await Server.Thread.Run(() => true);
                Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), $"{recorder.Counts} of {sent}");
            }
        }
    }

    [Fact]
    public async Task Who_has_not_agreed_pauses_it_by_coming_and_it_goes_on_when_they_have_gone()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await first.Send(Record);
        await Light(second, "on", "");
        var id = (await Recordings(tutor, lesson))[0].Id();
        var stranger = await server.Guardian();
        var rooms = server.Services.GetRequiredService<Api.Rooms.LiveRooms>();
        var aunt = new Api.Rooms.TicketHolder(lesson, stranger.PersonId, "Mina", Api.Rooms.RoomRole.Guardian);

        var seat = (await rooms.Find(lesson)!.EnterWithoutSocket(aunt)).Value;
        await Light(second, "paused", "Mina");
        await rooms.Find(lesson)!.Leave(seat);
        await Light(second, "on", "");
        Assert.Equal(["room_recording_started", "room_recording_paused", "room_recording_resumed"], await server.EventsOf(id));
        Assert.Equal(PausedBecause.NotConsented, Assert.Single(Assert.Single((await server.DataOf(id)).OfType<RoomRecordingPaused>()).Why).Because);
        await (await stranger.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.Conflict, "recording_runs");
    }

    /// <summary>It was forgotten: the rest of a lesson was not recorded, and what the tutor had stopped was recorded on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_tutor_said_in_the_room_holds_when_the_server_comes_back(bool isOn)
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await first.Send(Record);
        await Light(second, "on", "");
        if (!isOn)
        {
            await first.Send("""{"type":"record","on":false}""");
            await Light(second, "off", "");
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await server.Database.ScalarAsync<bool>("select exists (select 1 from room_states where lesson_id = $1 and recorded = $2)", lesson, isOn)) await Task.Delay(20, patience.Token);

        // All that a killed server takes with it.
        await server.Services.GetRequiredService<Api.Rooms.LiveRooms>().Find(lesson)!.Close(null);
        await server.Enter(tutor, lesson);
        var (again, joined) = await server.Enter(student, lesson);
        if (isOn && joined.GetProperty("recording").Text("state") != "on") await Light(again, "on", "");
        Assert.Equal(isOn, server.Services.GetRequiredService<Api.Rooms.LiveRooms>().Find(lesson)!.Recording.Said);
    }

    [Fact]
    public async Task Only_the_tutor_says_whether_and_no_event_is_written_for_anybody_else()
    {
        var (tutor, student, lesson, _, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await second.Send(Record);
        Assert.Equal("not_allowed", (await second.Hear("error")).Text("code"));
        Assert.Empty((await Recordings(tutor, lesson)).EnumerateArray());
    }

    [Fact]
    public async Task What_a_dead_server_left_is_brought_to_its_end()
    {
        var (tutor, _, lesson, _, _) = await A_lesson_under_way();
        var id = Guid.CreateVersion7();
        await using (var session = server.Store.OpenSession())
        {
            session.StartStream<RoomRecording>(id, new RoomRecordingStarted(id, lesson, server.Now()));
            await session.SaveChangesAsync();
        }
        await server.Services.GetRequiredService<RoomRecordings>().Sweep(CancellationToken.None);
        await Until(tutor, lesson, "shelved");
        var events = await server.DataOf(id);
        Assert.Equal(StoppedBecause.ServerLost, Assert.Single(events.OfType<RoomRecordingStopped>()).Because);
        Assert.Empty(Assert.Single(events.OfType<RoomRecordingFinalised>()).Tracks);
        Assert.Equal("server_lost", (await Recordings(tutor, lesson))[0].Text("because"));
    }

    [Fact]
    public async Task A_deleted_recording_is_gone_for_everybody()
    {
        var (tutor, student, lesson, _, _) = await A_lesson_under_way();
        var id = await server.A_recording_of_the_room(lesson);
        var folder = server.Services.GetRequiredService<RecordingFolders>().Of(id);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "track-1.media"), "sound");
        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.False(Directory.Exists(folder));
        Assert.Empty((await Recordings(tutor, lesson)).EnumerateArray());
        Assert.Equal(DeletedBecause.Asked, Assert.Single((await server.DataOf(id)).OfType<RoomRecordingDeleted>()).Because);
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Whose_picture_is_of_a_codec_that_cannot_be_recorded_is_said_by_the_light()
    {
        var (tutor, student, lesson, first, second) = await A_lesson_under_way();
        await Agrees(tutor);
        await Agrees(student);
        await first.Send(Record);
        await Light(second, "on", "");
        var (encoder, session, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        await Light(second, "on", "", soundOnly: tutor.Name);
    }

    /// <summary>The list asked about tutor and student alone, and a ticket about those who are in the recording alone.</summary>
    [Fact]
    public async Task What_a_third_person_is_in_is_shown_to_nobody_once_that_person_takes_the_consent_back()
    {
        var (tutor, _, lesson, _, _) = await A_lesson_under_way();
        var aunt = await server.Guardian();
        var id = await server.A_recording_of_the_room(lesson, new RecordedTrack(
            1, Guid.NewGuid(), new Who(aunt.PersonId, Part.Guardian), "audio", "microphone", "opus", Duration.Zero, Duration.FromMinutes(1), 1_000, Duration.Zero, 0));
        await Agrees(aunt);
        var shown = server.Services.GetRequiredService<Shown>();
        var address = (await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).Json()).Text("address")!;
        var ticket = address.Split('/', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.NotNull(await shown.Find(ticket, CancellationToken.None));

        Assert.Equal(HttpStatusCode.NoContent, (await aunt.Http.DeleteAsync(Consent(aunt))).StatusCode);

        Assert.Null(await shown.Find(ticket, CancellationToken.None));
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
        await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
    }

    [Fact]
    public async Task Who_signs_out_or_whose_device_is_signed_out_sees_nothing_more_by_the_address_that_was_asked_for_there()
    {
        var (tutor, student, lesson, _, _) = await A_lesson_under_way();
        var id = await server.A_recording_of_the_room(lesson);
        var (address, others) = (await Address(student), await Address(tutor));
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone().GetAsync(address + "renditions")).StatusCode);
        await server.Database.ExecuteAsync($"update refresh_families set revoked_at = now() where person_id = '{student.Person.PersonId}'");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address + "renditions")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone().GetAsync(others + "renditions")).StatusCode);

        async Task<string> Address(SignedIn who) =>
            (await (await who.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).Json()).Text("address")!;
    }

    /// <summary>It was finalised as empty, as if nobody had been heard in it.</summary>
    [Fact]
    public async Task Media_of_which_nothing_says_what_it_is_waits_for_an_administrator_and_no_event_says_that_it_is_finished()
    {
        var (_, _, lesson, _, _) = await A_lesson_under_way();
        var id = Guid.CreateVersion7();
        var folder = server.Services.GetRequiredService<RecordingFolders>().Of(id);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "track-1.media"), "sound");
        await using (var session = server.Store.OpenSession())
        {
            session.StartStream<RoomRecording>(id,
                new RoomRecordingStarted(id, lesson, server.Now()), new RoomRecordingStopped(id, lesson, StoppedBecause.RoomClosed, server.Now()));
            await session.SaveChangesAsync();
        }
        var errand = new Errand(
            Guid.NewGuid(), FinaliseRecording.ErrandKind, EventJson.Write(new FinaliseRecordingErrand(id)), id, 1, server.Now());
        await Assert.ThrowsAsync<ErrandIsHopeless>(() => ActivatorUtilities.CreateInstance<FinaliseRecording>(server.Services).Run(errand, CancellationToken.None));
        Assert.Equal(["room_recording_started", "room_recording_stopped"], await server.EventsOf(id));
    }

    private async Task<(Named Tutor, Named Student, Guid Lesson, RoomSocket First, RoomSocket Second)> A_lesson_under_way()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var (first, joined) = await server.Enter(tutor, lesson);
        Assert.Equal("off", joined.GetProperty("recording").Text("state"));
        var (second, self) = await server.Enter(student, lesson);
        await second.Hear("lessonStarted");
        return (new(tutor, joined.GetProperty("self").GetProperty("displayName").GetString()!), new(student, self.GetProperty("self").GetProperty("displayName").GetString()!), lesson, first, second);
    }

    private Room Media(Guid lesson) => Server.Rooms.Find(lesson)!;

    private MediaServer Server => server.Services.GetRequiredService<Api.Rooms.MediaHost>().Server;

    private sealed record Named(SignedIn Person, string Name)
    {
        public HttpClient Http => Person.Http;

        public static implicit operator SignedIn(Named named) => named.Person;
    }

    private static string Consent(SignedIn who) => $"/v1/people/{who.PersonId}/consents/recording";

    private static async Task Agrees(SignedIn who, int seen = 0)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, Consent(who));
        if (seen == 0) request.Headers.IfNoneMatch.ParseAdd("*");
        else request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{seen}\""));
        Assert.Equal(HttpStatusCode.OK, (await who.Http.SendAsync(request)).StatusCode);
    }

    /// <summary>Hears of the red light until it shows this; what it showed on the way depends on who was faster.</summary>
    private static async Task Light(RoomSocket socket, string state, string names, string soundOnly = "")
    {
        JsonElement light;
        do light = (await socket.Hear("recording")).GetProperty("recording");
        while (light.Text("state") != state || Names("for") != names || Names("soundOnly") != soundOnly);

        string Names(string of) => string.Join(", ", light.GetProperty(of).EnumerateArray().Select(name => name.GetString()));
    }

    private static async Task<JsonElement> Recordings(SignedIn who, Guid lesson) =>
        (await (await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Json()).GetProperty("items");

    private async Task Until(SignedIn who, Guid lesson, string state) => await server.Until(
        who, $"/v1/lessons/{lesson}/recordings", list => list.GetProperty("items").EnumerateArray().All(one => one.Text("state") == state));
}
