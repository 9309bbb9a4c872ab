using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Imitations;
using Muse.Imitations.Webhooks;

namespace Muse.Api.Tests.Webhooks;

/// <summary>A server that may post to this machine, and soon gives up waiting.</summary>
public sealed class TheServerThatPosts : TheServer
{
    public TheServerThatPosts()
    {
        With("Outgoing:AllowLoopback", "true");
        With("Webhooks:TimeoutSeconds", "1");
    }
}

/// <summary>An endpoint of an integrator's whose receiver is on this machine.</summary>
internal sealed class GivenEndpoint(TheServer server, WebhookReceiver receiver, HttpClient by, Guid id, string secret, bool owns) : IAsyncDisposable
{
    /// <summary>Nothing in these tests happens of it: what arrives is test events.</summary>
    public const string Nothing = "recording.deleted";

    private const string Path = "/v1/webhooks/endpoints";

    public Guid Id => id;

    public string Secret => secret;

    public WebhookReceiver Receiver => receiver;

    /// <summary>By its integrator's key, which does not expire when the clock is set forward.</summary>
    public HttpClient By => by;

    public static async Task<GivenEndpoint> Make(TheServer server, IReadOnlyList<string> types, HttpClient? by = null, WebhookReceiver? at = null)
    {
        var receiver = at ?? new WebhookReceiver();
        if (at is null)
            await receiver.StartAsync();
        by ??= server.By((await server.A_key(await server.An_integrator())).Secret);
        var answer = await by.PostAsJsonAsync(Path, new { url = receiver.Url + "/muse", types });
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var told = await answer.Json();
        return new GivenEndpoint(server, receiver, by, told.Id(), told.Text("secret")!, at is null);
    }

    /// <returns>The delivery's id.</returns>
    public async Task<string> Test()
    {
        var answer = await by.PostAsync($"{Path}/{id}/test", null);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (await answer.Json()).Text("id")!;
    }

    public async Task<JsonElement> Read() => await (await by.GetAsync($"{Path}/{id}")).Json();

    public async Task<JsonElement> Delivery(string delivery) => await (await by.GetAsync($"/v1/webhooks/deliveries/{delivery}")).Json();

    public async Task<JsonElement[]> Log(string query = "") =>
        [.. (await (await by.GetAsync($"/v1/webhooks/deliveries?limit=100&endpoint={id}{query}")).Json()).GetProperty("items").EnumerateArray()];

    /// <summary>Once so many attempts are settled.</summary>
    public Task<JsonElement> Tried(string delivery, int attempts) =>
        Until(() => Delivery(delivery), told => told.GetProperty("log").EnumerateArray().Any(attempt => attempt.GetProperty("number").GetInt32() == attempts));

    public Task<JsonElement> Becomes(string delivery, string state) => Until(() => Delivery(delivery), told => told.Text("state") == state);

    /// <summary>What arrived and is of this lesson or booking.</summary>
    public SeenRequest[] Of(Guid subject) => [.. receiver.Attempts.Where(request => request.Body.Contains(subject.ToString(), StringComparison.Ordinal))];

    /// <summary>Null when it verifies.</summary>
    public string? WhyNot(SeenRequest request, string? by = null) => WebhookVerifier.WhyNot(by ?? secret, request.Headers, request.Body, server.Time.GetUtcNow());

    public static async Task<T> Until<T>(Func<Task<T>> look, Func<T, bool> isThere)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var seen = await look();
            if (isThere(seen))
                return seen;
            Assert.False(patience.IsCancellationRequested, $"It did not come: {seen}");
            await Task.Delay(25);
        }
    }

    public static Task Until(Func<bool> isThere) => Until(() => Task.FromResult(isThere()), there => there);

    public async ValueTask DisposeAsync()
    {
        await by.DeleteAsync($"{Path}/{id}");
        if (owns)
            await receiver.DisposeAsync();
    }
}
