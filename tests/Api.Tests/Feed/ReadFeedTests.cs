using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tests.Feed;

public sealed class ReadFeedTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_booking_that_becomes_a_lesson_and_is_moved_is_told_in_order_with_ids_and_times_alone()
    {
        var by = server.By((await server.A_key(await server.An_integrator())).Secret);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student("Layla"));
        var asked = await (await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(3, 14))).Json();
        var lesson = (await (await tutor.Tells(asked, "confirm")).Json()).GetProperty("lessonId").GetGuid();

        var told = await Told(by, items => items.Any(one => one.Text("type") == "lesson.booked" && Is(one, "lessonId", lesson)));

        JsonElement[] own = [.. told.Where(one => Is(one, "bookingId", asked.Id()))];
        Assert.Equal(["booking.requested", "booking.confirmed", "lesson.booked"], own.Select(one => one.Text("type")));
        Assert.Equal(3, own.Select(one => one.Id()).Distinct().Count());
        Assert.All(own, one => Assert.True(Is(one, "tutorId", tutor.TutorId!.Value) && Is(one, "studentId", student.StudentId!.Value)));
        Assert.Equal(asked.GetProperty("start").GetString(), own[2].GetProperty("data").GetProperty("start").GetString());
        Assert.Equal("Asia/Seoul", own[2].GetProperty("data").Text("timeZone"));
        Assert.DoesNotContain("Layla", string.Concat(told.Select(one => one.GetRawText())), StringComparison.Ordinal);
        Assert.Contains(told, one => one.Text("type") == "availability.changed" && Is(one, "tutorId", tutor.TutorId!.Value));
    }

    [Fact]
    public async Task A_cursor_reads_on_behind_the_last_one_and_a_type_leaves_the_others_out()
    {
        var by = server.By((await server.A_key(await server.An_integrator())).Secret);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var asked = await (await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(3, 14))).Json();
        await tutor.Tells(asked, "confirm");
        var all = await Told(by, items => items.Any(one => one.Text("type") == "lesson.booked" && Is(one, "bookingId", asked.Id())));

        var (pages, next) = (new List<Guid>(), "");
        for (var more = true; more;)
        {
            var page = await (await by.GetAsync($"/v1/events?limit=2&after={next}")).Json();
            pages.AddRange(page.GetProperty("items").EnumerateArray().Select(one => one.Id()));
            (next, more) = (page.Text("next")!, page.GetProperty("more").GetBoolean());
        }
        Assert.Equal(all.Select(one => one.Id()), pages.Take(all.Length));
        var end = await (await by.GetAsync($"/v1/events?after={next}")).Json();
        Assert.Equal((0, next), (end.GetProperty("items").GetArrayLength(), end.Text("next")));
        var booked = (await (await by.GetAsync("/v1/events?limit=100&type=lesson.booked,lesson.moved")).Json()).GetProperty("items").EnumerateArray();
        Assert.All(booked, one => Assert.StartsWith("lesson.", one.Text("type"), StringComparison.Ordinal));
        await (await by.GetAsync("/v1/events?type=lesson.forgotten")).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_type");
        await (await by.GetAsync("/v1/events?after=nonsense")).IsProblem(HttpStatusCode.UnprocessableEntity, "malformed_cursor");
    }

    [Fact]
    public async Task A_test_key_hears_of_its_sandbox_alone_and_a_live_key_and_other_sandboxes_never_of_it()
    {
        var integrator = await server.An_integrator();
        var test = server.By((await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret);
        var live = server.By((await server.A_key(integrator)).Secret);
        var other = server.By((await GivenKeys.Make(await server.An_integrator(), new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret);
        var tutor = (await (await test.PostAsync("/v1/sandbox", null)).Json()).GetProperty("tutors")[0].GetProperty("tutorId").GetGuid();

        var told = await Told(test, items => items.Any(one => Is(one, "tutorId", tutor)));
        Assert.Contains(told, one => one.Text("type") == "availability.changed");
        Assert.Empty(await Told(other, _ => true));
        Assert.DoesNotContain(await Told(live, _ => true), one => Is(one, "tutorId", tutor));

        Assert.Equal(HttpStatusCode.NoContent, (await test.DeleteAsync("/v1/sandbox")).StatusCode);
        await Told(test, items => items.Length == 0);
    }

    [Fact]
    public async Task Only_integrators_read_it()
    {
        var student = await server.Student();
        await (await student.Http.GetAsync("/v1/events")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal(HttpStatusCode.OK, (await (await server.An_integrator()).Http.GetAsync("/v1/events")).StatusCode);
    }

    [Fact]
    public async Task As_a_stream_it_tells_what_happens_and_goes_on_behind_the_last_one_that_was_heard()
    {
        var by = server.By((await server.A_key(await server.An_integrator())).Secret);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        using var listening = await Listen(by, null);
        var asked = await (await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(4, 14))).Json();
        var (first, id) = await Hear(listening, "booking.requested", asked.Id());
        listening.Dispose();
        await tutor.Tells(asked, "confirm");

        using var again = await Listen(by, id);
        var (confirmed, _) = await Hear(again, "booking.confirmed", asked.Id());
        Assert.NotEqual(first.Id(), confirmed.Id());
        var booked = (await Told(by, items => items.Any(one => one.Text("type") == "lesson.booked" && Is(one, "bookingId", asked.Id())))).Last(one => Is(one, "bookingId", asked.Id()));
        Assert.Equal(booked.GetRawText(), (await Hear(again, "lesson.booked", asked.Id())).Event.GetRawText());
    }

    [Fact]
    public async Task Who_listens_five_times_listens_no_sixth_time_until_one_is_closed()
    {
        var by = server.By((await server.A_key(await server.An_integrator())).Secret);
        var listening = new List<StreamReader>();
        for (var i = 0; i < 5; i++) listening.Add(await Listen(by, null));
        await (await Ask(by, null)).IsProblem(HttpStatusCode.TooManyRequests, "too_many_listeners");
        listening[0].Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Ask(by, null)) is { StatusCode: HttpStatusCode.TooManyRequests }) await Task.Delay(100, patience.Token);
        listening.ForEach(each => each.Dispose());
    }

    private static bool Is(JsonElement told, string member, Guid id) => told.GetProperty("data").TryGetProperty(member, out var value) && value.GetGuid() == id;

    /// <summary>All of it, once it holds what is waited for: it follows a moment later.</summary>
    private static async Task<JsonElement[]> Told(HttpClient by, Func<JsonElement[], bool> isThere)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var (items, next) = (new List<JsonElement>(), "");
            for (var more = true; more;)
            {
                var page = await (await by.GetAsync($"/v1/events?limit=100&after={next}", patience.Token)).Json();
                items.AddRange(page.GetProperty("items").EnumerateArray());
                (next, more) = (page.Text("next")!, page.GetProperty("more").GetBoolean());
            }
            if (isThere([.. items])) return [.. items];
            await Task.Delay(50, patience.Token);
        }
    }

    private static Task<HttpResponseMessage> Ask(HttpClient by, string? last)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (last is not null) request.Headers.Add("Last-Event-ID", last);
        return by.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<StreamReader> Listen(HttpClient by, string? last)
    {
        var answer = await Ask(by, last);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    private static async Task<(JsonElement Event, string Id)> Hear(StreamReader stream, string type, Guid booking)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var (data, id) = ("", "");
        while (await stream.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            if (line.Length > 0 || data.Length == 0) continue;
            var told = JsonDocument.Parse(data).RootElement;
            if (told.Text("type") == type && Is(told, "bookingId", booking)) return (told, id);
            data = "";
        }
        throw new InvalidOperationException($"It ended without {type}.");
    }
}
