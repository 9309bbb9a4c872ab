using System.Globalization;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Google;

/// <summary>Push channels of calendars: notifications without a body, with a token and without a signature.</summary>
public sealed partial class GoogleImitation
{
    private const int MostPushed = 100;

    private readonly Dictionary<string, Channel> _channels = [];
    private readonly Queue<(Channel Channel, string State, long Number)> _pushed = [];

    /// <summary>The longest that a channel lives, whatever is asked for.</summary>
    public TimeSpan LongestChannel { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Ids of the channels that are open, oldest first.</summary>
    public IReadOnlyList<string> OpenChannels
    {
        get
        {
            lock (_gate) return [.. _channels.Values.Where(c => c.Expires > Clock.GetUtcNow()).OrderBy(c => c.Opened).Select(c => c.Id)];
        }
    }

    /// <summary>A push with a token that is not the channel's: anybody can send one.</summary>
    public Task PushWithWrongToken(string channelId)
    {
        Channel channel;
        lock (_gate) channel = _channels[channelId];
        return Notify(channel with { Token = "wrong" }, "exists", 1_000_000);
    }

    /// <summary>The latest pushes once more, as Google does with what was not answered in time: the same numbers, oldest first.</summary>
    public async Task PushAgain()
    {
        (Channel Channel, string State, long Number)[] latest;
        lock (_gate) latest = [.. _pushed];
        foreach (var (channel, state, number) in latest) await Deliver(channel, state, number);
    }

    private void MapChannels(WebApplication app)
    {
        app.MapPost("/calendar/v3/calendars/{calendar}/events/watch", Watch);
        app.MapPost("/calendar/v3/channels/stop", Stop);
    }

    private async Task Watch(HttpContext http, string calendar)
    {
        if (await OwnCalendar(http, calendar) is not { } user || await Body(http) is not { } body) return;
        var id = body["id"]?.GetValue<string>() ?? "";
        if (id.Length is 0 or > 64 || body["type"]?.GetValue<string>() is not ("web_hook" or "webhook")
            || !Uri.TryCreate(body["address"]?.GetValue<string>(), UriKind.Absolute, out var address))
        {
            await Error(http, 400, "required", "Required");
            return;
        }
        if (address.Scheme != Uri.UriSchemeHttps)
        {
            await Error(http, 400, "push.webhookUrlNotHttps", $"WebHook callback must be HTTPS: {address}");
            return;
        }
        Channel? channel = null;
        lock (_gate)
        {
            var now = Clock.GetUtcNow();
            var until = long.TryParse(body["expiration"]?.ToString(), CultureInfo.InvariantCulture, out var ms) ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : now.AddDays(7);
            if (until > now + LongestChannel) until = now + LongestChannel;
            if (!_channels.ContainsKey(id))
                _channels[id] = channel = new Channel(id, user, $"resource-{user.GetHashCode(StringComparison.OrdinalIgnoreCase):x8}", address.PathAndQuery, address.GetLeftPart(UriPartial.Authority), body["token"]?.GetValue<string>(), until, now);
        }
        if (channel is null)
        {
            await Error(http, 400, "channelIdNotUnique", $"Channel id {id} not unique");
            return;
        }
        // The first push comes at once, it may overtake the answer.
        await Notify(channel, "sync", 1);
        await Write(http, new JsonObject
        {
            ["kind"] = "api#channel",
            ["id"] = id,
            ["resourceId"] = channel.Resource,
            ["resourceUri"] = $"{Address}/calendar/v3/calendars/{calendar}/events?alt=json",
            ["token"] = channel.Token,
            ["expiration"] = channel.Expires.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        });
    }

    private async Task Stop(HttpContext http)
    {
        if (await Authorize(http, EventScopes) is not { } user || await Body(http) is not { } body) return;
        bool stopped;
        lock (_gate)
        {
            stopped = _channels.GetValueOrDefault(body["id"]?.GetValue<string>() ?? "") is { } channel
                && channel.User == user && channel.Resource == body["resourceId"]?.GetValue<string>() && _channels.Remove(channel.Id);
        }
        if (stopped) http.Response.StatusCode = 204;
        else await Error(http, 404, "notFound", "Channel not found");
    }

    private async Task Push(string user)
    {
        List<(Channel Channel, long Number)> due = [];
        lock (_gate)
        {
            foreach (var channel in _channels.Values.Where(c => string.Equals(c.User, user, StringComparison.OrdinalIgnoreCase) && c.Expires > Clock.GetUtcNow()).ToArray())
            {
                // Rising, not consecutive.
                channel.Number += 1 + (channel.Number % 3);
                due.Add((channel, channel.Number));
            }
        }
        foreach (var (channel, number) in due) await Notify(channel, "exists", number);
    }

    private Task Notify(Channel channel, string state, long number)
    {
        lock (_gate)
        {
            _pushed.Enqueue((channel, state, number));
            while (_pushed.Count > MostPushed) _pushed.Dequeue();
        }
        return Deliver(channel, state, number);
    }

    private Task Deliver(Channel channel, string state, long number) => Webhooks.Send($"google calendar {state} {number}", () =>
    {
        var request = new HttpRequestMessage(HttpMethod.Post, (MuseOrigin ?? channel.Origin) + channel.Path) { Content = new ByteArrayContent([]) };
        request.Headers.TryAddWithoutValidation("X-Goog-Channel-ID", channel.Id);
        if (channel.Token is not null) request.Headers.TryAddWithoutValidation("X-Goog-Channel-Token", channel.Token);
        request.Headers.TryAddWithoutValidation("X-Goog-Channel-Expiration", channel.Expires.ToString("R", CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("X-Goog-Resource-ID", channel.Resource);
        request.Headers.TryAddWithoutValidation("X-Goog-Resource-URI", $"{Address}/calendar/v3/calendars/primary/events?alt=json");
        request.Headers.TryAddWithoutValidation("X-Goog-Resource-State", state);
        request.Headers.TryAddWithoutValidation("X-Goog-Message-Number", number.ToString(CultureInfo.InvariantCulture));
        return request;
    });

    private sealed record Channel(
        string Id, string User, string Resource, string Path, string Origin, string? Token, DateTimeOffset Expires, DateTimeOffset Opened)
    {
        public long Number { get; set; } = 1;
    }
}
