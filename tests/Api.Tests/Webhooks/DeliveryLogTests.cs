using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Tests.Bookings;
using Muse.Api.Webhooks;
using NodaTime;

namespace Muse.Api.Tests.Webhooks;

/// <summary>With a server of its own: it goes a month on, and what others have just sent would be too old.</summary>
public sealed class DeliveryLogTests(TheServerThatPosts server) : IClassFixture<TheServerThatPosts>
{
    [Fact]
    public async Task The_log_is_told_by_lesson_and_in_pages_and_forgotten_after_thirty_days()
    {
        await using var endpoint = await GivenEndpoint.Make(server, []);
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var lesson = (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid();
        await GivenEndpoint.Until(async () => await endpoint.Log("&state=delivered"), log => log.Length >= 4);

        Assert.Equal(["booking.confirmed", "lesson.booked"], (await endpoint.Log($"&lesson={lesson}")).Select(one => one.Text("type")!).Order(StringComparer.Ordinal));
        Assert.Single(await endpoint.Log($"&lesson={lesson}&type=lesson.booked"));
        var (ids, next) = (new List<string>(), "");
        do
        {
            var page = await (await endpoint.By.GetAsync($"/v1/webhooks/deliveries?limit=1&after={next}")).Json();
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(one => one.Text("id")!));
            next = page.Text("next");
        }
        while (next is not null);
        Assert.Equal((await endpoint.Log()).Select(one => one.Text("id")!), ids);
        await (await endpoint.By.GetAsync("/v1/webhooks/deliveries?state=lost")).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_state");

        server.Time.Advance(TimeSpan.FromDays(31));
        await server.Services.GetRequiredService<DeliveryRows>().Forget(
            Instant.FromDateTimeOffset(server.Time.GetUtcNow()) - ForgetDeliveries.Kept, CancellationToken.None);
        Assert.Empty(await endpoint.Log());
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from webhook_attempts a where not exists (select from webhook_deliveries d where d.id = a.delivery_id)"));
    }
}
