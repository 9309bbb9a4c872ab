using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Zoom;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Zoom;

public sealed class ReceiveZoomTests(TheZoomServer server) : IClassFixture<TheZoomServer>
{
    private ZoomImitation Zoom => server.Zoom;

    [Fact]
    public async Task Zoom_finds_that_Muse_knows_the_secret()
    {
        Assert.True(await Zoom.Validate());
        var body = Encoding.UTF8.GetBytes("""{"event":"endpoint.url_validation","event_ts":1720705455858,"payload":{"plainToken":"x"}}""");
        await (await Post(body, secret: "another")).IsProblem(HttpStatusCode.Unauthorized, "invalid_signature");
        Assert.Equal(ZoomWebhook.Encrypt(Zoom.WebhookSecret, "x"), (await (await Post(body)).Json()).GetProperty("encryptedToken").GetString());
    }

    [Fact]
    public async Task A_lesson_played_on_Zoom_is_told_in_Muse()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        var before = Zoom.Webhooks.Sent.Count;
        await server.Play(lesson);
        Assert.Equal(before + 6, Zoom.Webhooks.Sent.Count);
        Assert.All(Zoom.Webhooks.Sent.Skip(before), sent => Assert.Equal(204, sent.Status));
        Assert.Equal(
            ["participant_joined", "participant_joined", "lesson_started", "participant_left", "participant_left", "everyone_left"], await server.Told(lesson.Id));
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(lesson.Id));
        var timeline = await (await Bookings.School.Renewed(server, lesson.Student)).Http.GetStringAsync($"/v1/lessons/{lesson.Id}/timeline");
        foreach (var name in (string[])["meeting_began", "meeting_over"])
            Assert.Single(Regex.Matches(timeline, $"\"{name}\""));
        Assert.Equal([(Part.Tutor, lesson.Tutor.PersonId), (Part.Student, lesson.Student.PersonId)], await server.Came(lesson.Id));
    }

    [Fact]
    public async Task Twice_and_the_wrong_way_round_is_told_the_same()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        Zoom.Webhooks.Hold = true;
        await server.Play(lesson);
        Zoom.Webhooks.Twice = true;
        await Zoom.Webhooks.Release(reversed: true);
        Zoom.Webhooks.Twice = false;
        Assert.Equal(
            ["everyone_left", "lesson_started", "participant_joined", "participant_joined", "participant_left", "participant_left"], (await server.Told(lesson.Id)).Order());
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(lesson.Id));
        Assert.Equal([(Part.Student, lesson.Student.PersonId), (Part.Tutor, lesson.Tutor.PersonId)], (await server.Came(lesson.Id)).OrderByDescending(c => c.Item1));
    }

    [Fact]
    public async Task A_bad_signature_is_401_and_writes_nothing()
    {
        var body = await A_body_that_was_signed_well();
        var (events, received) = (await server.EventsAsync(), await Received());
        await (await Post(body, secret: "guessed")).IsProblem(HttpStatusCode.Unauthorized, "invalid_signature");
        await (await Post(body, late: TimeSpan.FromMinutes(-6))).IsProblem(HttpStatusCode.Unauthorized, "invalid_signature");
        await (await Post(body, late: TimeSpan.FromMinutes(6))).IsProblem(HttpStatusCode.Unauthorized, "invalid_signature");
        await (await Post(body, sign: false)).IsProblem(HttpStatusCode.Unauthorized, "invalid_signature");
        Assert.Equal((events, received), (await server.EventsAsync(), await Received()));
        Assert.Equal(HttpStatusCode.NoContent, (await Post(body)).StatusCode);
    }

    [Theory]
    [InlineData("""{"event":"meeting.invented","payload":{}}""", HttpStatusCode.NoContent)]
    [InlineData("""{"event":"meeting.started","event_ts":1626230691572,"payload":{"account_id":"a","object":{"id":1234567890,"uuid":"a=="}}}""", HttpStatusCode.NoContent)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task What_Muse_does_not_know_is_taken_and_what_is_no_message_refused(string body, HttpStatusCode status)
    {
        var events = await server.EventsAsync();
        Assert.Equal(status, (await Post(Encoding.UTF8.GetBytes(body))).StatusCode);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_body_beyond_256_kB_is_refused_however_its_length_is_told()
    {
        var body = Encoding.UTF8.GetBytes("{\"event\":\"" + new string('x', ZoomWebhook.MostBytes) + "\",\"payload\":{}}");
        await (await Post(body)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        await (await Post(body, chunked: true)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task When_the_database_is_slow_Zoom_has_its_answer_in_three_seconds_and_the_repetition_is_told()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        await Zoom.Start(lesson.Meeting);
        var (clock, waiting) = (new Stopwatch(), Zoom.WaitingToRetry);
        Assert.True(ReceiveZoom.Patience <= Zoom.Webhooks.Patience - TimeSpan.FromSeconds(0.5));
        // The table stays locked until the answer is there, so one that waits for the table never comes; how much later than it should is
        // the machine's affair.
        var patience = Zoom.Webhooks.Patience;
        Zoom.Webhooks.Patience = ReceiveZoom.Patience * 20;
        await using (var blocking = await server.Database.Source.OpenConnectionAsync())
        {
            await using var begin = new Npgsql.NpgsqlCommand("begin; lock table received in access exclusive mode", blocking);
            await begin.ExecuteNonQueryAsync();
            clock.Start();
            await Zoom.Join(lesson.Meeting, "김민지", user: lesson.Meeting.Host);
            clock.Stop();
            await using var rollback = new Npgsql.NpgsqlCommand("rollback", blocking);
            await rollback.ExecuteNonQueryAsync();
        }
        Zoom.Webhooks.Patience = patience;
        TestContext.Current.TestOutputHelper?.WriteLine($"answered after {clock.ElapsedMilliseconds} ms");
        Assert.Equal(503, Zoom.Webhooks.Sent.Last().Status);
        Assert.Empty(await server.Told(lesson.Id));
        Assert.Equal(waiting + 1, Zoom.WaitingToRetry);

        server.Advance(TimeSpan.FromMinutes(6));
        await Zoom.RetryDue();
        Assert.Equal(["participant_joined"], await server.Told(lesson.Id));
        Assert.Equal(waiting, Zoom.WaitingToRetry);
    }

    [Fact]
    public async Task A_host_who_was_switched_off_at_Zoom_leaves_no_lesson_at_a_dead_meeting()
    {
        var lesson = await server.A_lesson_on_zoom();
        await Zoom.Deactivate(Zoom.SchoolHost);
        await server.EventsAsync();
        var view = await (await (await Bookings.School.Renewed(server, lesson.Tutor)).Http.GetAsync($"/v1/lessons/{lesson.Id}")).Json();
        // Nothing but Zoom comes into question here, so the lesson says plainly that it stands nowhere.
        Assert.Equal((null, "failed"), (view.GetProperty("meeting").GetProperty("provider").GetString(), view.GetProperty("meeting").GetProperty("state").GetString()));
        Assert.Equal(
            ["meeting_arranged", "meeting_lost", "meeting_arrangement_failed"], await Bookings.School.EventsOf(server, SettleMeeting.StreamOf(lesson.Id)));
        Zoom.AddUser(Zoom.SchoolHost.Email, "School", isPaid: true);
    }

    private Task<long> Received() => server.Database.ScalarAsync<long>("select count(*) from received");

    private async Task<byte[]> A_body_that_was_signed_well() =>
        await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Zoom", "Webhooks", "meeting.participant_joined.json"));

    private async Task<HttpResponseMessage> Post(byte[] body, string? secret = null, TimeSpan late = default, bool sign = true, bool chunked = false)
    {
        var time = (server.Time.GetUtcNow() + late).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/zoom") { Content = chunked ? new StreamContent(new Slow(body)) : new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json; charset=utf-8");
        if (chunked) request.Headers.TransferEncodingChunked = true;
        if (sign) request.Headers.Add("x-zm-signature", ZoomWebhook.Sign(secret ?? Zoom.WebhookSecret, time, body));
        request.Headers.Add("x-zm-request-timestamp", time);
        return await server.Anyone().SendAsync(request);
    }

    /// <summary>A stream that does not tell its length.</summary>
    private sealed class Slow(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
