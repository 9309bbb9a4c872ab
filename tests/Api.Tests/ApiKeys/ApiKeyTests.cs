using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Bookings;
using Muse.Domain.ApiKeys;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Npgsql;

namespace Muse.Api.Tests.ApiKeys;

public sealed class ApiKeyTests(TheServer server) : IClassFixture<TheServer>
{
    private async Task<T> InDatabase<T>(string sql, Guid id)
    {
        await using var command = server.Services.GetRequiredService<NpgsqlDataSource>().Command(sql, id);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task A_key_is_shown_once_and_only_its_hash_is_kept()
    {
        var integrator = await server.An_integrator();
        var (id, secret) = await GivenKeys.Make(integrator, new { name = " Timetable ", scopes = new[] { "bookings:write", "bookings:read" } });
        var (_, test) = await GivenKeys.Make(integrator, new { name = "Try", scopes = new[] { "bookings:read" }, test = true });

        Assert.Matches("^muse_live_[0-9A-Za-z]{49}$", secret);
        Assert.Matches("^muse_test_[0-9A-Za-z]{49}$", test);
        var listed = (await (await integrator.Http.GetAsync("/v1/api-keys")).Json()).GetProperty("items");
        Assert.Equal(2, listed.GetArrayLength());
        Assert.Equal("Timetable", listed[0].GetProperty("name").GetString());
        Assert.Equal(["bookings:read", "bookings:write"], listed[0].GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal(JsonValueKind.Null, listed[0].GetProperty("usedAt").ValueKind);
        Assert.DoesNotContain(secret[10..], listed.GetRawText());
        var events = await InDatabase<string>("select string_agg(data::text, ' ') from mt_events where data->>'keyId' = $1::text", id);
        Assert.DoesNotContain(secret, events);
        Assert.DoesNotContain("Timetable", events);
    }

    [Fact]
    public async Task Only_an_integrator_or_an_administrator_has_keys_and_a_role_taken_back_kills_them_at_once()
    {
        var stranger = await server.Student();
        await (await stranger.Http.PostAsJsonAsync("/v1/api-keys", new { name = "A", scopes = new[] { "bookings:read" } })).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await stranger.Http.GetAsync("/v1/api-keys")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");

        var admin = await server.Admin();
        await (await stranger.Http.PostAsJsonAsync("/v1/admin/integrators", new { email = stranger.Email })).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await admin.Http.PostAsJsonAsync("/v1/admin/integrators", new { email = "nobody@example.org" })).IsProblem(HttpStatusCode.NotFound, "not_found");
        var added = await admin.Http.PostAsJsonAsync("/v1/admin/integrators", new { email = stranger.Email.ToUpperInvariant() });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Contains(stranger.PersonId.ToString(), await (await admin.Http.GetAsync("/v1/admin/integrators?limit=100")).Content.ReadAsStringAsync());
        // The very token of before counts: the table is asked, not the token.
        var (id, secret) = await server.A_key(stranger);
        Assert.Equal(HttpStatusCode.OK, (await server.By(secret).GetAsync("/v1/bookings")).StatusCode);
        Assert.Contains(id.ToString(), await (await admin.Http.GetAsync("/v1/api-keys?everybody=true&limit=100")).Content.ReadAsStringAsync());
        await (await stranger.Http.GetAsync("/v1/api-keys?everybody=true")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");

        Assert.Equal(HttpStatusCode.NoContent, (await admin.Http.DeleteAsync($"/v1/admin/integrators/{stranger.PersonId}")).StatusCode);
        await (await server.By(secret).GetAsync("/v1/bookings")).IsProblem(HttpStatusCode.Unauthorized, "key_revoked");
        await (await stranger.Http.PostAsJsonAsync("/v1/api-keys", new { name = "A", scopes = new[] { "bookings:read" } })).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        // A key that was made in the very moment in which the role went is not revoked, and dead all the same.
        await server.Database.ExecuteAsync($"update api_keys set revoked_at = null where key_id = '{id}'");
        await (await server.By(secret).GetAsync("/v1/bookings")).IsProblem(HttpStatusCode.Unauthorized, "key_revoked");
        await server.Database.ExecuteAsync($"update api_keys set revoked_at = now() where key_id = '{id}'");
        // Made an integrator again, the old keys stay dead.
        await server.Integrates(stranger);
        await (await server.By(secret).GetAsync("/v1/bookings")).IsProblem(HttpStatusCode.Unauthorized, "key_revoked");
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_work_for_a_day_and_then_the_new_one_only()
    {
        await using var own = new TheServer();
        await own.InitializeAsync();
        var integrator = await own.An_integrator();
        var (id, old) = await own.A_key(integrator);
        var rotated = await (await integrator.Http.PostAsync($"/v1/api-keys/{id}/rotate", null)).Json();
        var fresh = rotated.GetProperty("secret").GetString()!;

        Assert.NotEqual(old, fresh);
        Assert.Equal(HttpStatusCode.OK, (await own.By(old).GetAsync("/v1/bookings")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await own.By(fresh).GetAsync("/v1/bookings")).StatusCode);
        own.Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        await (await own.By(old).GetAsync("/v1/bookings")).IsProblem(HttpStatusCode.Unauthorized, "unknown_key");
        Assert.Equal(HttpStatusCode.OK, (await own.By(fresh).GetAsync("/v1/bookings")).StatusCode);
    }

    [Fact]
    public async Task Only_the_owner_rotates_a_key_and_revoking_it_twice_is_no_second_event()
    {
        var integrator = await server.An_integrator();
        var (id, _) = await server.A_key(integrator);
        var events = await server.EventsAsync();
        var other = await server.An_integrator();
        await (await other.Http.PostAsync($"/v1/api-keys/{id}/rotate", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await other.Http.DeleteAsync($"/v1/api-keys/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        var before = await server.EventsAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await integrator.Http.DeleteAsync($"/v1/api-keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await integrator.Http.DeleteAsync($"/v1/api-keys/{id}")).StatusCode);
        Assert.Equal(before + 1, await server.EventsAsync());
        Assert.True(before >= events);
    }

    [Fact]
    public async Task The_last_use_is_told_to_the_minute_and_written_once_a_minute()
    {
        var integrator = await server.An_integrator();
        var (id, secret) = await server.A_key(integrator);
        var http = server.By(secret);
        await http.GetAsync("/v1/bookings");
        var first = await InDatabase<string>("select xmin::text || used_at from api_key_uses where key_id = $1", id);
        await http.GetAsync("/v1/bookings");
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await http.GetAsync("/v1/bookings");

        Assert.NotEqual(first, await InDatabase<string>("select xmin::text || used_at from api_key_uses where key_id = $1", id));
        var used = (await (await integrator.Http.GetAsync("/v1/api-keys")).Json()).GetProperty("items")[0].GetProperty("usedAt").GetString()!;
        Assert.EndsWith(":00Z", used);
    }

    [Fact]
    public async Task A_key_books_for_a_child_answers_for_the_tutor_moves_and_calls_off_and_the_events_say_which_key()
    {
        var (id, secret) = await server.A_key(await server.An_integrator(), "bookings:read", "bookings:write", "lessons:read", "availability:read", "people:read");
        var http = server.By(secret);
        var tutor = await server.A_tutor_with_hours();
        var child = await TheServer.Child(await server.Guardian());

        var slots = await http.GetAsync($"/v1/tutors/{tutor.TutorId}/slots?fromDate={server.InSeoul(3, 18)[..10]}&toDate={server.InSeoul(3, 18)[..10]}&viewerZone=Asia/Dubai&durationMinutes=60&studentId={child}");
        Assert.Equal(HttpStatusCode.OK, slots.StatusCode);
        var asked = await http.PostAsJsonAsync("/v1/bookings", new { tutorId = tutor.TutorId, studentId = child, startLocal = server.InSeoul(3, 18), timeZone = "Asia/Seoul", durationMinutes = 60 });
        Assert.True(asked.StatusCode == HttpStatusCode.Created, await asked.Content.ReadAsStringAsync());
        var booking = await asked.Json();
        var confirmed = await Change(http, booking.Id(), "confirm", 1);
        await Change(http, booking.Id(), "reschedule", 2, new { startLocal = server.InSeoul(3, 20), timeZone = "Asia/Seoul" });
        var lesson = confirmed.GetProperty("lessonId").GetGuid();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/v1/lessons/{lesson}")).StatusCode);
        Assert.Contains(lesson.ToString(), await (await http.GetAsync("/v1/lessons?limit=100")).Content.ReadAsStringAsync());
        Assert.Contains(booking.Id().ToString(), await (await http.GetAsync("/v1/bookings?limit=100")).Content.ReadAsStringAsync());
        await Change(http, booking.Id(), "cancel", 3, new { reason = "Holiday" });

        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var events = await session.FetchStreamAsync(booking.Id(), CancellationToken.None);
        Assert.Equal(["booking_requested", "booking_confirmed", "booking_rescheduled", "booking_cancelled"], events.Select(e => e.EventTypeName));
        Assert.Equal(Part.Integrator, ((BookingRequested)events[0].Data).By.Part);
        Assert.Equal($"key {id}", await InDatabase<string>("select min(headers->>'reason') from mt_events where stream_id = $1", booking.Id()));
        Assert.Equal("integrator", await InDatabase<string>("select max(headers->>'role') from mt_events where stream_id = $1", booking.Id()));
    }

    [Fact]
    public async Task A_live_key_sets_a_tutors_hours_and_a_test_key_reaches_nobody_outside_its_sandbox()
    {
        var integrator = await server.An_integrator();
        var live = server.By((await server.A_key(integrator)).Secret);
        var test = server.By((await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret);
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_request(tutor, student);
        var hours = new { timeZone = "Asia/Seoul", weekly = new[] { new { day = 1, start = "09:00", end = "12:00" } }, durationsMinutes = new[] { 60 } };
        var ask = new { tutorId = tutor.TutorId, studentId = student.StudentId, startLocal = server.InSeoul(3, 18), timeZone = "Asia/Seoul", durationMinutes = 60 };
        var events = await server.EventsAsync();

        var tag = (await live.GetAsync($"/v1/tutors/{tutor.TutorId}/availability")).Headers.ETag!.Tag;
        foreach (var path in new[] { $"/v1/tutors/{tutor.TutorId}", $"/v1/tutors/{tutor.TutorId}/availability", $"/v1/bookings/{booking.Id()}",
            $"/v1/tutors/{tutor.TutorId}/slots?fromDate={server.InSeoul(3, 18)[..10]}&toDate={server.InSeoul(3, 18)[..10]}&viewerZone=Asia/Seoul&durationMinutes=60" })
            await (await test.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        foreach (var path in new[] { "/v1/bookings", "/v1/lessons", "/v1/tutors" })
            Assert.Equal(0, (await (await test.GetAsync(path)).Json()).GetProperty("items").GetArrayLength());
        await (await test.PostAsJsonAsync("/v1/bookings", ask)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await test.SendAsync(Put())).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await test.SendAsync(Verb(booking.Id(), "cancel", 1))).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());

        Assert.Equal(HttpStatusCode.OK, (await live.SendAsync(Put())).StatusCode);

        HttpRequestMessage Put()
        {
            var put = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/availability") { Content = JsonContent.Create(hours) };
            put.Headers.TryAddWithoutValidation("If-Match", tag);
            return put;
        }
    }

    [Fact]
    public async Task A_key_counts_against_a_limit_of_its_own_wherever_it_calls_from()
    {
        await using var own = new TheServer().With("Limits:Keys:Burst", "3").With("Limits:Keys:Seconds", "3600");
        await own.InitializeAsync();
        var integrator = await own.An_integrator();
        var (first, second) = ((await own.A_key(integrator)).Secret, (await own.A_key(integrator)).Secret);

        for (var left = 2; left >= 0; left--)
        {
            var answer = await From($"203.0.113.{left + 1}", first);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("\"keys\";q=3;w=3600", answer.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith($"\"keys\";r={left};t=", answer.Headers.GetValues("RateLimit").Single());
        }
        var refused = await From("203.0.113.9", first);
        await refused.IsProblem(HttpStatusCode.TooManyRequests, "too_many_requests");
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await From("203.0.113.9", second)).StatusCode);

        Task<HttpResponseMessage> From(string address, string key)
        {
            var http = own.By(key);
            http.DefaultRequestHeaders.Add(TheServer.AddressHeader, address);
            return http.GetAsync("/v1/bookings");
        }
    }

    [Fact]
    public async Task Two_keys_of_one_owner_and_the_owner_have_idempotency_keys_of_their_own()
    {
        var integrator = await server.An_integrator();
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var ids = new HashSet<Guid>();
        foreach (var hour in new[] { 18, 20 })
        {
            var http = server.By((await server.A_key(integrator)).Secret);
            for (var time = 0; time < 2; time++)
            {
                var request = new HttpRequestMessage(HttpMethod.Post, "/v1/bookings")
                {
                    Content = JsonContent.Create(new { tutorId = tutor.TutorId, studentId = student.StudentId, startLocal = server.InSeoul(3, hour), timeZone = "Asia/Seoul", durationMinutes = 60 }),
                };
                request.Headers.Add("Idempotency-Key", "once");
                var answer = await http.SendAsync(request);
                Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
                ids.Add((await answer.Json()).Id());
            }
        }
        Assert.Equal(2, ids.Count);
    }

    private static HttpRequestMessage Verb(Guid booking, string verb, long version, object? body = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/bookings/{booking}/{verb}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        return request;
    }

    private static async Task<JsonElement> Change(HttpClient http, Guid booking, string verb, long version, object? body = null)
    {
        var answer = await http.SendAsync(Verb(booking, verb, version, body));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{verb}: {await answer.Content.ReadAsStringAsync()}");
        return await answer.Json();
    }
}
