using System.Globalization;
using Muse.Bench.Booking;

namespace Muse.Bench.Webhooks;

/// <summary>The endpoints, made through the API by as many integrators as it takes.</summary>
internal sealed class Listeners(House house, School school, HttpClient http)
{
    /// <summary>Endpoints of one integrator at most.</summary>
    private const int OfOne = 20;

    private readonly List<string> _tokens = [];
    private readonly List<(string Token, Guid Id)> _endpoints = [];

    /// <summary>Endpoints of which some hear of a tutor's hours; of those one is dead and one is slow. The rest hear of what does not happen.</summary>
    /// <returns>How many hear and answer at once.</returns>
    public async Task<int> ListenAsync(string url, int count, int hear)
    {
        for (var i = 0; i < count; i++)
        {
            if (i / OfOne == _tokens.Count) _tokens.Add(await IntegratorAsync());
            var path = i switch { 0 => "/dead", 1 => "/slow", _ => $"/{i}" };
            using var make = School.With(_tokens[i / OfOne], HttpMethod.Post, "/v1/webhooks/endpoints",
                new { url = url + path, types = new[] { i < hear ? "availability.changed" : "recording.deleted" } });
            _endpoints.Add((_tokens[i / OfOne], (await school.Sent(make)).GetProperty("id").GetGuid()));
        }
        return hear - 2;
    }

    /// <summary>Sorted, in milliseconds: from the event's own time, which is before its commit, to first sight. A body says it in whole seconds only.</summary>
    public async Task<List<double>> WaitsAsync(IReadOnlyDictionary<string, DateTimeOffset> seen)
    {
        var times = (string[])(await house.ScalarAsync("""
            select array_agg('msg_' || replace(d.id::text, '-', '') || ' ' || extract(epoch from p.at)) from webhook_deliveries d join public_events p on p.id = d.event_id
            """))!;
        var events = times.Select(time => time.Split(' ')).ToDictionary(time => time[0], time => double.Parse(time[1], CultureInfo.InvariantCulture));
        return [.. seen.Select(one => (one.Value - DateTimeOffset.UnixEpoch).TotalMilliseconds - 1000 * events[one.Key]).Order()];
    }

    /// <summary>Takes all endpoints away, with what is still to be sent.</summary>
    public async Task SilenceAsync()
    {
        foreach (var (token, id) in _endpoints)
        {
            using var get = School.With(token, HttpMethod.Get, $"/v1/webhooks/endpoints/{id}", null);
            using var found = await http.SendAsync(get);
            using var remove = School.With(token, HttpMethod.Delete, $"/v1/webhooks/endpoints/{id}", null);
            remove.Headers.IfMatch.Add(found.Headers.ETag!);
            using var removed = await http.SendAsync(remove);
            removed.EnsureSuccessStatusCode();
        }
        _endpoints.Clear();
    }

    /// <returns>An access token.</returns>
    private async Task<string> IntegratorAsync()
    {
        var (account, token) = await school.SignUp("guardian", "Asia/Seoul", "KR");
        await house.ScalarAsync("update accounts set is_integrator = true where account_id = $1", account.GetProperty("id").GetGuid());
        return token;
    }
}
