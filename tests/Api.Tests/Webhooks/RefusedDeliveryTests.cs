using System.Net;
using System.Text.Json;
using Muse.Api.Tests.Bookings;
using Muse.Imitations.Webhooks;

namespace Muse.Api.Tests.Webhooks;

/// <summary>Receivers that do not take it: when it is tried again, when not, and what nobody may make Muse do.</summary>
public sealed class RefusedDeliveryTests(TheServerThatPosts server) : IClassFixture<TheServerThatPosts>
{
    [Fact]
    public async Task What_nobody_takes_is_tried_ten_times_in_the_steps_of_Standard_Webhooks_with_one_id_and_then_given_up()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Otherwise = Reaction.Answers(500);
        var id = await endpoint.Test();
        int[] steps = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (var attempt = 1; attempt <= steps.Length; attempt++)
        {
            var told = await endpoint.Tried(id, attempt);
            var tried = told.GetProperty("log")[0].GetProperty("at").GetDateTimeOffset();
            var pause = told.GetProperty("dueAt").GetDateTimeOffset() - tried;
            Assert.InRange(pause.TotalSeconds, steps[attempt - 1], (steps[attempt - 1] * 1.1) + 3);
            server.Time.Advance(pause);
        }
        var last = await endpoint.Becomes(id, "failed");

        Assert.Equal(10, endpoint.Receiver.Attempts.Count);
        Assert.Equal([id], endpoint.Receiver.Attempts.Select(request => request.Headers["webhook-id"]).Distinct());
        Assert.Equal(10, endpoint.Receiver.Attempts.Select(request => request.Headers["webhook-timestamp"]).Distinct().Count());
        Assert.Equal((500, 10), (last.GetProperty("lastStatus").GetInt32(), last.GetProperty("attempts").GetInt32()));
        Assert.Equal(JsonValueKind.Null, (await endpoint.Read()).GetProperty("disabled").ValueKind);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Who_asks_to_be_left_alone_for_a_while_is_left_alone_with_everything(int status)
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer(Reaction.Answers(status, "600"));
        var first = await endpoint.Tried(await endpoint.Test(), 1);
        var tried = first.GetProperty("log")[0].GetProperty("at").GetDateTimeOffset();
        Assert.InRange((first.GetProperty("dueAt").GetDateTimeOffset() - tried).TotalSeconds, 600, 603);
        var second = await endpoint.Test();
        server.Time.Advance(TimeSpan.FromSeconds(590));
        await using (var other = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing], at: endpoint.Receiver))
            await other.Becomes(await other.Test(), "delivered");
        Assert.Equal(0, (await endpoint.Delivery(second)).GetProperty("attempts").GetInt32());

        server.Time.Advance(TimeSpan.FromSeconds(15));
        await endpoint.Becomes(first.Text("id")!, "delivered");
        await endpoint.Becomes(second, "delivered");
    }

    [Fact]
    public async Task Who_is_busy_without_saying_for_how_long_is_tried_by_the_steps()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer(Reaction.Answers(429), Reaction.Answers(502, "nonsense"));
        var id = await endpoint.Test();
        await endpoint.Tried(id, 1);
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await endpoint.Tried(id, 2);
        server.Time.Advance(TimeSpan.FromSeconds(331));
        Assert.Equal(3, (await endpoint.Becomes(id, "delivered")).GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task Gone_disables_at_once_and_whatever_waits_is_given_up()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer(Reaction.Answers(500), Reaction.Answers(410));
        var waits = await endpoint.Test();
        await endpoint.Tried(waits, 1);
        var gone = await endpoint.Test();
        await endpoint.Becomes(gone, "failed");
        await endpoint.Becomes(waits, "failed");

        Assert.Equal("gone", (await endpoint.Read()).Text("disabled"));
        Assert.Equal("disabled", (await endpoint.Delivery(waits)).Text("lastError"));
        Assert.Equal(410, (await endpoint.Delivery(gone)).GetProperty("lastStatus").GetInt32());
        await (await endpoint.By.PostAsync($"/v1/webhooks/endpoints/{endpoint.Id}/test", null)).IsProblem(HttpStatusCode.Conflict, "endpoint_disabled");
        Assert.Equal(1, await server.Database.ScalarAsync<long>(
            $"select count(*) from mt_events where stream_id = '{endpoint.Id}' and type = 'webhook_endpoint_disabled' and data->>'by' is null and data->>'because' = 'gone'"));
        server.Time.Advance(TimeSpan.FromDays(1));
        await using var other = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing], at: endpoint.Receiver);
        await other.Becomes(await other.Test(), "delivered");
        Assert.Equal(3, endpoint.Receiver.Attempts.Count);
    }

    [Fact]
    public async Task Five_days_of_nothing_but_failures_disable_and_one_success_begins_them_anew()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer(Reaction.Answers(500), Reaction.Takes, Reaction.Answers(500), Reaction.Answers(500));
        var first = await endpoint.Test();
        await endpoint.Tried(first, 1);
        server.Time.Advance(TimeSpan.FromDays(4));
        await endpoint.Becomes(first, "delivered");
        server.Time.Advance(TimeSpan.FromDays(4));
        var second = await endpoint.Test();
        await endpoint.Tried(second, 1);
        Assert.Equal(JsonValueKind.Null, (await endpoint.Read()).GetProperty("disabled").ValueKind);
        server.Time.Advance(TimeSpan.FromDays(5));
        await endpoint.Becomes(second, "failed");

        Assert.Equal("failing", (await endpoint.Read()).Text("disabled"));
    }

    [Fact]
    public async Task Nobody_leads_Muse_elsewhere_by_a_redirect()
    {
        await using var elsewhere = new WebhookReceiver();
        await elsewhere.StartAsync();
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer(Reaction.RedirectTo(elsewhere.Url + "/taken"));
        var told = await endpoint.Tried(await endpoint.Test(), 1);

        Assert.Equal(("waiting", 307), (told.Text("state"), told.GetProperty("lastStatus").GetInt32()));
        Assert.Empty(elsewhere.Attempts);
    }

    public static TheoryData<string, string, int?, string?> Manners => new()
    {
        { nameof(Reaction.Hangs), "waiting", null, "timeout" },
        { nameof(Reaction.Breaks), "waiting", null, "bad_answer" },
        { nameof(Reaction.Drips), "delivered", 200, null },
        { nameof(Reaction.NeverEnds), "delivered", 200, null },
        { nameof(Reaction.SaysTooMuch), "delivered", 200, null },
        { nameof(Reaction.SaysTooLittle), "delivered", 200, null },
    };

    [Theory]
    [MemberData(nameof(Manners))]
    public async Task The_heads_status_counts_whatever_becomes_of_the_body_and_the_next_delivery_is_none_the_worse(string manner, string state, int? status, string? error)
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        endpoint.Receiver.Answer((Reaction)typeof(Reaction).GetProperty(manner)!.GetValue(null)!);
        var told = await endpoint.Tried(await endpoint.Test(), 1);
        await endpoint.Becomes(await endpoint.Test(), "delivered");

        var attempt = told.GetProperty("log")[0];
        Assert.Equal(state, told.Text("state"));
        Assert.Equal(status, attempt.GetProperty("status").ValueKind == JsonValueKind.Null ? null : attempt.GetProperty("status").GetInt32());
        Assert.Equal(error, attempt.Text("error"));
    }

    [Fact]
    public async Task Nobody_who_is_not_there_is_written_down_as_not_reached()
    {
        await using var endpoint = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        await endpoint.Receiver.DisposeAsync();
        Assert.Equal("not_reached", (await endpoint.Tried(await endpoint.Test(), 1)).Text("lastError"));
    }
}
