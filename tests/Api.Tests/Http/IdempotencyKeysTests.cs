using System.Net;
using System.Net.Http.Json;

namespace Muse.Api.Tests.Http;

public sealed class IdempotencyKeysTests(TheServer server) : IClassFixture<TheServer>
{
    private static Task<HttpResponseMessage> AddChild(SignedIn guardian, string key, string name = "Layla", string? to = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/guardians/{to ?? guardian.GuardianId.ToString()}/children")
        {
            Content = JsonContent.Create(new { displayName = name, birthDate = "2015-03-14", country = "AE", timeZone = "Asia/Dubai", locale = "ar-AE" }),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return guardian.Http.SendAsync(request);
    }

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_and_happens_once()
    {
        var guardian = await server.Guardian();
        var first = await AddChild(guardian, "\"key-1\"");
        var events = await server.EventsAsync();

        var again = await AddChild(guardian, "key-1");

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Another_body_with_the_same_key_is_refused_and_writes_no_event()
    {
        var guardian = await server.Guardian();
        await AddChild(guardian, "key-2");
        var events = await server.EventsAsync();

        await (await AddChild(guardian, "key-2", "Sami")).IsProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Of_many_at_once_one_happens()
    {
        var guardian = await server.Guardian();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AddChild(guardian, "key-3")));

        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
        Assert.Equal(1, await server.Database.ScalarAsync<long>("select count(*) from guardianships where guardian_id = $1", guardian.GuardianId));
    }

    [Fact]
    public async Task While_the_first_runs_the_second_is_409_and_after_its_lease_it_is_run_again()
    {
        var guardian = await server.Guardian();
        await AddChild(guardian, "key-4");
        await server.Database.ExecuteAsync("update idempotency_keys set status = null, leased_until = $1 where status = 201", server.Time.GetUtcNow() + TimeSpan.FromMinutes(1));

        await (await AddChild(guardian, "key-4")).IsProblem(HttpStatusCode.Conflict, "still_running");

        await server.Database.ExecuteAsync("update idempotency_keys set leased_until = $1 where status is null", server.Time.GetUtcNow() - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Created, (await AddChild(guardian, "key-4")).StatusCode);
    }

    [Fact]
    public async Task A_key_belongs_to_its_caller()
    {
        var guardian = await server.Guardian();
        var other = await server.Guardian("Some One");
        await AddChild(guardian, "key-5");

        var answer = await AddChild(other, "key-5");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Idempotency-Replayed"));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("\"\"")]
    public async Task A_malformed_key_is_refused(string key)
    {
        var guardian = await server.Guardian();

        await (await AddChild(guardian, key)).IsProblem(HttpStatusCode.BadRequest, "malformed_idempotency_key");
    }
}
