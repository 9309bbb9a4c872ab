using System.Net;
using Muse.Imitations;
using Muse.Imitations.Webhooks;

namespace Muse.Adapters.Tests.Webhooks;

/// <summary>The receiver misbehaves as it says; what the sender makes of it is tested where the sender is.</summary>
public class WebhookReceiverTests
{
    private static readonly CancellationToken Now = CancellationToken.None;

    [Fact]
    public async Task It_keeps_each_attempt_and_answers_by_its_script()
    {
        await using var receiver = new WebhookReceiver();
        await receiver.StartAsync();
        receiver.Answer(Reaction.Answers(500), Reaction.Answers(410), Reaction.Answers(429, "7"), Reaction.Answers(502), Reaction.RedirectTo("http://127.0.0.1/"));
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        List<(HttpStatusCode, string?)> seen = [];
        for (var attempt = 0; attempt < 6; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, receiver.Url + "/hooks") { Content = new StringContent($"{attempt}") };
            request.Headers.Add("webhook-id", "msg_1");
            using var answer = await http.SendAsync(request, Now);
            seen.Add((answer.StatusCode, answer.Headers.RetryAfter?.ToString() ?? answer.Headers.Location?.ToString()));
        }

        Assert.Equal(
        [
            (HttpStatusCode.InternalServerError, null), (HttpStatusCode.Gone, null), (HttpStatusCode.TooManyRequests, "7"),
            (HttpStatusCode.BadGateway, null), (HttpStatusCode.TemporaryRedirect, "http://127.0.0.1/"), (HttpStatusCode.NoContent, null),
        ], seen);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], receiver.Attempts.Select(attempt => attempt.Body));
        Assert.All(receiver.Attempts, attempt => Assert.Equal(("/hooks", "msg_1"), (attempt.Path, attempt.Headers["Webhook-Id"])));
    }

    [Fact]
    public async Task It_drips_never_ends_hangs_breaks_and_lies_about_its_length()
    {
        await using var receiver = new WebhookReceiver();
        await receiver.StartAsync();
        receiver.Answer(Reaction.NeverEnds, Reaction.Drips, Reaction.SaysTooMuch, Reaction.SaysTooLittle, Reaction.Takes, Reaction.Breaks, Reaction.Hangs);
        using var http = new HttpClient();

        Assert.Equal(1_000_000, await Read(1_000_000));
        Assert.Equal(2, await Read(2));
        Assert.Equal(10, await Read(10));
        Assert.Equal("ok", await http.GetStringAsync(receiver.Url, Now));
        // What came behind the two bytes is nobody's answer.
        Assert.Equal(HttpStatusCode.NoContent, (await http.GetAsync(receiver.Url, Now)).StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(receiver.Url, Now));
        using var patience = new CancellationTokenSource();
        var hanging = http.GetAsync(receiver.Url, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);

        async Task<int> Read(int most)
        {
            using var answer = await http.GetAsync(receiver.Url, HttpCompletionOption.ResponseHeadersRead, Now);
            await using var body = await answer.Content.ReadAsStreamAsync(Now);
            return await body.ReadAtLeastAsync(new byte[most], most, throwOnEndOfStream: false, Now);
        }
    }

    [Fact]
    public async Task A_fault_that_waits_strikes_a_delivery_too()
    {
        await using var receiver = new WebhookReceiver();
        await receiver.StartAsync();
        receiver.Faults.Next(Fault.TooManyWithWait);
        using var http = new HttpClient();

        Assert.Equal(TimeSpan.FromSeconds(30), (await http.GetAsync(receiver.Url, Now)).Headers.RetryAfter?.Delta);
    }
}
