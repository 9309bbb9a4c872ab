using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Feed;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Api.Webhooks;
using Muse.Domain.ApiKeys;
using Muse.Imitations.Webhooks;
using NodaTime;

namespace Muse.Api.Tests.Webhooks;

/// <summary>What happens reaches endpoints: whole, signed, in order, and not twice without the same id.</summary>
public sealed class DeliveryTests(TheServerThatPosts server) : IClassFixture<TheServerThatPosts>
{
    [Fact]
    public async Task A_booking_that_becomes_a_lesson_arrives_signed_in_order_and_says_what_the_feed_says()
    {
        await using var endpoint = await GivenEndpoint.Make(server, []);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student("Layla"));
        var asked = await server.A_request(tutor, student);
        await tutor.Tells(asked, "confirm");
        await GivenEndpoint.Until(() => endpoint.Of(asked.Id()).Length == 3);

        var arrived = endpoint.Of(asked.Id());
        Assert.All(arrived, request => Assert.Null(endpoint.WhyNot(request)));
        Assert.All(arrived, request => Assert.Equal(("POST", "application/json"), (request.Method, request.Headers["Content-Type"])));
        var bodies = arrived.Select(request => JsonSerializer.Deserialize<JsonElement>(request.Body)).ToArray();
        Assert.Equal(["booking.requested", "booking.confirmed"], bodies.Select(body => body.Text("type")).Where(type => type!.StartsWith("booking.", StringComparison.Ordinal)));
        Assert.Equal(3, arrived.Select(request => request.Headers["webhook-id"]).Distinct().Count());
        var feed = (await (await endpoint.By.GetAsync("/v1/events?limit=100&type=booking.requested")).Json()).GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("data").GetProperty("bookingId").GetGuid() == asked.Id());
        var body = bodies.Single(one => one.Text("type") == "booking.requested");
        Assert.Equal(["type", "timestamp", "data"], body.EnumerateObject().Select(member => member.Name));
        Assert.Equal((feed.Text("timestamp"), feed.GetProperty("data").GetRawText()), (body.Text("timestamp"), body.GetProperty("data").GetRawText()));
        Assert.DoesNotContain("Layla", string.Concat(arrived.Select(request => request.Body)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_earlier_of_one_booking_goes_first_and_other_bookings_pass()
    {
        await using var endpoint = await GivenEndpoint.Make(server, ["booking.requested", "booking.declined"]);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        endpoint.Receiver.Otherwise = Reaction.Answers(500);
        var first = await server.A_request(tutor, student, hour: 10);
        await GivenEndpoint.Until(async () => (await endpoint.Log()).SingleOrDefault(), one => one.ValueKind == JsonValueKind.Object && one.TryGetProperty("lastStatus", out var status) && status.ValueKind == JsonValueKind.Number);
        endpoint.Receiver.Otherwise = Reaction.Takes;
        await tutor.Tells(first, "decline", new { reason = "I play a concert." });
        var second = await server.A_request(tutor, student, hour: 14);
        await GivenEndpoint.Until(() => endpoint.Of(second.Id()).Length == 1);

        Assert.Single(endpoint.Of(first.Id()));
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await GivenEndpoint.Until(() => endpoint.Of(first.Id()).Length == 3);
        var types = endpoint.Of(first.Id()).Select(request => JsonSerializer.Deserialize<JsonElement>(request.Body).Text("type"));
        Assert.Equal(["booking.requested", "booking.requested", "booking.declined"], types);
    }

    [Fact]
    public async Task A_test_endpoint_hears_of_its_sandbox_alone_and_a_live_one_never_of_it()
    {
        var integrator = await server.An_integrator();
        var by = server.By((await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret);
        await using var test = await GivenEndpoint.Make(server, [], by);
        await using var live = await GivenEndpoint.Make(server, []);
        var real = await server.A_tutor_with_hours();
        var invented = (await (await by.PostAsync("/v1/sandbox", null)).Json()).GetProperty("tutors")[0].GetProperty("tutorId").GetGuid();
        var last = await server.A_tutor_with_hours();
        await GivenEndpoint.Until(() => live.Of(last.TutorId!.Value).Length == 1 && test.Of(invented).Length == 1);

        Assert.Single(live.Of(real.TutorId!.Value));
        Assert.Empty(live.Of(invented));
        Assert.Empty(test.Of(real.TutorId!.Value));
        Assert.Empty(test.Of(last.TutorId!.Value));
    }

    [Fact]
    public async Task What_was_sent_is_not_sent_again_when_the_feed_is_built_anew()
    {
        await using var endpoint = await GivenEndpoint.Make(server, ["availability.changed"]);
        var first = await server.A_tutor_with_hours();
        await GivenEndpoint.Until(() => endpoint.Of(first.TutorId!.Value).Length == 1);
        await server.Services.GetRequiredService<EventStore>().Rebuild(server.Services.GetRequiredService<FeedRows>());
        var second = await server.A_tutor_with_hours();
        await GivenEndpoint.Until(() => endpoint.Of(second.TutorId!.Value).Length == 1);

        Assert.Single(endpoint.Of(first.TutorId!.Value));
    }

    [Fact]
    public async Task A_dead_endpoint_slows_no_other()
    {
        await using var dead = await GivenEndpoint.Make(server, ["availability.changed"]);
        await using var live = await GivenEndpoint.Make(server, ["availability.changed"]);
        dead.Receiver.Otherwise = Reaction.Hangs;
        var tutors = new List<Guid>();
        for (var i = 0; i < 8; i++)
            tutors.Add((await server.A_tutor_with_hours()).TutorId!.Value);
        await GivenEndpoint.Until(() => tutors.All(tutor => live.Of(tutor).Length == 1));

        // Each of the dead one's attempts takes a second, and it has one place once the first have failed.
        Assert.NotEmpty(await dead.Log("&state=waiting"));
        Assert.Empty(await dead.Log("&state=delivered"));
    }

    [Fact]
    public async Task An_endpoint_that_fails_has_one_place_where_the_others_have_four()
    {
        await using var well = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        await using var failing = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        failing.Receiver.Answer(Reaction.Answers(500));
        await failing.Tried(await failing.Test(), 1);
        // Nobody of the server's takes them: they become due when its clock says so, which these tests set.
        foreach (var endpoint in new[] { well, failing })
        {
            await server.Database.ExecuteAsync($"""
                insert into webhook_deliveries (id, endpoint_id, event_id, type, subject, place, body, made_at, due_at)
                select gen_random_uuid(), '{endpoint.Id}', gen_random_uuid(), 'recording.deleted', gen_random_uuid(), i, '{"{}"}', now(), '2100-01-01' from generate_series(1, 8) i
                """);
        }
        var rows = server.Services.GetRequiredService<DeliveryRows>();
        var taken = await rows.Take(100, Instant.FromUtc(2100, 1, 2, 0, 0), CancellationToken.None);

        Assert.Equal((DeliveryRows.Places, 1), (taken.Count(one => one.EndpointId == well.Id), taken.Count(one => one.EndpointId == failing.Id)));
    }

    [Fact]
    public async Task Who_settles_after_the_lease_ran_out_and_somebody_else_tried_changes_nothing()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        var (id, due) = (Guid.NewGuid(), Instant.FromUtc(2101, 1, 1, 0, 0));
        await server.Database.ExecuteAsync($"""
            insert into webhook_deliveries (id, endpoint_id, event_id, type, subject, place, body, made_at, due_at)
            values ('{id}', '{endpoint.Id}', gen_random_uuid(), 'recording.deleted', gen_random_uuid(), 1, '{"{}"}', now(), '2101-01-01')
            """);
        var rows = server.Services.GetRequiredService<DeliveryRows>();
        var first = Assert.Single(await rows.Take(100, due, CancellationToken.None), one => one.Id == id);
        var second = Assert.Single(await rows.Take(100, due + Duration.FromHours(1), CancellationToken.None), one => one.Id == id);

        await rows.Delivered(first, new Attempt(due, 1, 200, null, null), CancellationToken.None);
        Assert.Equal("waiting", (await endpoint.Delivery($"msg_{id:n}")).Text("state"));
        await rows.Delivered(second, new Attempt(due, 1, 200, null, null), CancellationToken.None);
        Assert.Equal("delivered", (await endpoint.Delivery($"msg_{id:n}")).Text("state"));
    }

    [Fact]
    public async Task The_hundred_and_first_test_of_a_day_is_refused_and_the_next_day_there_are_more()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        for (var i = 0; i < 100; i++)
            await endpoint.Test();

        await (await endpoint.By.PostAsync($"/v1/webhooks/endpoints/{endpoint.Id}/test", null)).IsProblem(HttpStatusCode.Conflict, "too_many_tests");
        server.Time.Advance(TimeSpan.FromDays(1));
        await endpoint.Test();
    }

    [Fact]
    public async Task Who_is_no_integrator_any_more_is_sent_nothing_not_even_what_waits()
    {
        var integrator = await server.An_integrator();
        await using var endpoint = await GivenEndpoint.Make(server, ["availability.changed"], server.By((await server.A_key(integrator)).Secret));
        await using var other = await GivenEndpoint.Make(server, ["availability.changed"]);
        endpoint.Receiver.Answer(Reaction.Answers(500));
        await endpoint.Tried(await endpoint.Test(), 1);
        Assert.True(await server.Services.GetRequiredService<Muse.Api.ApiKeys.Integrators>().Set(integrator.PersonId, false, CancellationToken.None));
        server.Time.Advance(TimeSpan.FromSeconds(10));
        var tutor = (await server.A_tutor_with_hours()).TutorId!.Value;
        await GivenEndpoint.Until(() => other.Of(tutor).Length == 1);

        Assert.Single(endpoint.Receiver.Attempts);
        Assert.Equal(0, await server.Database.ScalarAsync<long>($"select count(*) from webhook_deliveries where endpoint_id = '{endpoint.Id}' and type = 'availability.changed'"));
    }

    [Fact]
    public async Task While_a_secret_is_rotated_both_sign_and_after_a_day_the_new_one_alone()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        var fresh = (await (await endpoint.By.PostAsync($"/v1/webhooks/endpoints/{endpoint.Id}/rotate-secret", null)).Json()).Text("secret");
        await endpoint.Becomes(await endpoint.Test(), "delivered");
        var both = endpoint.Receiver.Attempts.Single();
        Assert.Equal((null, null), (endpoint.WhyNot(both), endpoint.WhyNot(both, fresh)));

        server.Time.Advance(TimeSpan.FromHours(25));
        await endpoint.Becomes(await endpoint.Test(), "delivered");
        var one = endpoint.Receiver.Attempts.Last();
        Assert.Equal(("no signature fits", null), (endpoint.WhyNot(one), endpoint.WhyNot(one, fresh)));
    }

    [Fact]
    public async Task One_delivery_is_replayed_with_the_same_id_and_its_log_goes_on()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        var id = await endpoint.Test();
        await endpoint.Becomes(id, "delivered");
        Assert.Equal(HttpStatusCode.Accepted, (await endpoint.By.PostAsync($"/v1/webhooks/deliveries/{id}/replay", null)).StatusCode);
        var told = await endpoint.Tried(id, 2);

        Assert.Equal([id, id], endpoint.Receiver.Attempts.Select(request => request.Headers["webhook-id"]));
        Assert.Equal([2, 1], told.GetProperty("log").EnumerateArray().Select(attempt => attempt.GetProperty("number").GetInt32()));
        Assert.All(told.GetProperty("log").EnumerateArray(), attempt => Assert.Equal(204, attempt.GetProperty("status").GetInt32()));
        Assert.Equal(endpoint.Receiver.Attempts.First().Body, told.Text("body"));
        await (await server.By((await server.A_key(await server.An_integrator())).Secret).PostAsync($"/v1/webhooks/deliveries/{id}/replay", null))
            .IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_range_brings_what_failed_and_what_was_never_sent_and_all_of_it_when_asked_for()
    {
        await using var endpoint = await GivenEndpoint.Make(server, ["availability.changed"]);
        var replay = $"/v1/webhooks/endpoints/{endpoint.Id}/replay";
        var since = server.Time.GetUtcNow().AddDays(-20).ToString("yyyy-MM-ddTHH:mm:ssZ");
        var taken = (await server.A_tutor_with_hours()).TutorId!.Value;
        await GivenEndpoint.Until(async () => await endpoint.Log("&state=delivered"), log => log.Length == 1);
        await endpoint.By.PostAsync($"/v1/webhooks/endpoints/{endpoint.Id}/disable", null);
        await (await endpoint.By.PostAsJsonAsync(replay, new { since })).IsProblem(HttpStatusCode.Conflict, "endpoint_disabled");
        var missed = (await server.A_tutor_with_hours()).TutorId!.Value;
        await using (var other = await GivenEndpoint.Make(server, ["availability.changed"]))
        {
            // Once the fan-out has passed it by.
            var marker = (await server.A_tutor_with_hours()).TutorId!.Value;
            await GivenEndpoint.Until(() => other.Of(marker).Length == 1);
        }
        await endpoint.By.PostAsync($"/v1/webhooks/endpoints/{endpoint.Id}/enable", null);
        Assert.Empty(endpoint.Of(missed));

        Assert.Equal(2, (await (await endpoint.By.PostAsJsonAsync(replay, new { since })).Json()).GetProperty("count").GetInt32());
        await GivenEndpoint.Until(() => endpoint.Of(missed).Length == 1);
        Assert.Single(endpoint.Of(taken));
        await GivenEndpoint.Until(async () => await endpoint.Log("&state=delivered"), log => log.Length == 3);
        Assert.Equal(3, (await (await endpoint.By.PostAsJsonAsync(replay, new { since, all = true })).Json()).GetProperty("count").GetInt32());
        await GivenEndpoint.Until(() => endpoint.Of(taken).Length == 2);
        Assert.Single(endpoint.Of(taken).Select(request => request.Headers["webhook-id"]).Distinct());
        await (await endpoint.By.PostAsJsonAsync(replay, new { since = server.Time.GetUtcNow().AddDays(-31).UtcDateTime })).IsProblem(HttpStatusCode.UnprocessableEntity, "out_of_range");
    }
}
