using Muse.Adapters.GoogleMeet;
using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// The clock's job that learns what people do to lessons in Google Calendar. It watches the calendars that hold coming lessons: with push
/// channels where Google can reach this server (<c>Meetings:GoogleMeet:Facts</c> is <c>webhooks</c> and <c>MUSE_ORIGIN</c> is https), else by
/// asking: every minute where a lesson is near, every five minutes where it is not. Either way only what changed is read, and each change is a report of a touched meeting.
/// </summary>
public sealed partial class WatchCalendars(
    NpgsqlDataSource database, GoogleCalendars calendars, GoogleMeetOptions options, TakeReports reports, IConfiguration configuration,
    TimeProvider time, ILogger<WatchCalendars> log) : ClockJob(TimeSpan.FromSeconds(15), time, log)
{
    /// <summary>Of one round; the rest waits for the next one.</summary>
    private const int Most = 200;

    /// <summary>Google opens a channel for a week at most.</summary>
    private static readonly Duration ChannelLife = Duration.FromDays(7);

    /// <summary>So long before its end a channel gets its successor; both push for a while, and a push says nothing twice.</summary>
    private static readonly Duration Overlap = Duration.FromDays(1);

    /// <summary>A channel whose opening nobody finished: the server was killed in between.</summary>
    private static readonly Duration Unfinished = Duration.FromMinutes(5);

    private static readonly Duration BetweenLists = Duration.FromMinutes(1);

    /// <summary>Without pushes; with them the same list catches those that were lost.</summary>
    private static readonly Duration Polled = Duration.FromMinutes(5), PolledSoon = Duration.FromMinutes(1), Pushed = Duration.FromHours(1);

    /// <summary>Before a lesson its calendar is asked more often: what happens there then hits people who are about to meet.</summary>
    private static readonly Duration Soon = Duration.FromHours(2);

    private static readonly Duration AfterRefusal = Duration.FromHours(1), AfterTrouble = Duration.FromMinutes(1);

    private readonly string? _address = options.Facts != "polling" && configuration["MUSE_ORIGIN"] is { } origin
        && origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? $"{origin.TrimEnd('/')}/v1/webhooks/google-calendar" : null;

    private readonly SemaphoreSlim _one = new(1);
    private Instant _listed = Instant.MinValue;
    private string[] _soon = [];

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>One round, after the one that runs.</summary>
    public async Task RunOnce(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            await Watch(ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    private async Task Watch(CancellationToken ct)
    {
        if (Now >= _listed + BetweenLists)
        {
            await KeepList(ct);
            _listed = Now;
        }
        await ForEach("""
            select calendar from watched_calendars w
            where (not_before is null or not_before <= $1) and $2
              and not exists (select from calendar_channels c where c.calendar = w.calendar and c.expires_at > $3)
            order by calendar limit $4
            """, Open, ct, Now, _address is not null, Now + Overlap, Most);
        await EndChannels(ct);
        await ForEach("""
            select calendar from watched_calendars
            where (not_before is null or not_before <= $1)
              and (wanted > synced or synced_at is null or synced_at < $2 or (synced_at <= $4 and calendar = any($5)))
            order by synced_at nulls first limit $3
            """, Read, ct, Now, Now - (_address is null ? Polled : Pushed), Most, Now - PolledSoon, _address is null ? _soon : []);
    }

    /// <summary>Brings the list to the calendars that may hold a lesson to come.</summary>
    private async Task KeepList(CancellationToken ct)
    {
        var (needed, soon) = (new HashSet<string>(), new HashSet<string>());
        foreach (var (tutor, email, next) in await TutorsOnGoogle(ct))
        {
            var its = await calendars.Of(tutor, email, ct);
            needed.UnionWith(its);
            if (next <= Now + Soon)
                soon.UnionWith(its);
        }
        _soon = [.. soon];
        await using (var add = database.Command(
            "insert into watched_calendars (calendar) select unnest($1) on conflict do nothing", (object)needed.ToArray()))
            await add.ExecuteNonQueryAsync(ct);
        await ForEach("select calendar from watched_calendars where calendar <> all($1) limit $2", Forget, ct, needed.ToArray(), Most);
    }

    /// <summary>With the start of each one's next lesson, or of the one that runs.</summary>
    private async Task<List<(Guid Tutor, string? Email, Instant Next)>> TutorsOnGoogle(CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.tutor_id, a.email, min(l.start_at)
            from lessons l join meetings m on m.lesson_id = l.id
              left join person_roles r on r.role_id = l.tutor_id left join accounts a on a.account_id = r.person_id
            where m.provider = $1 and m.state = 'ready' and l.state in ('scheduled', 'started') and l.end_at > $2
            group by l.tutor_id, a.email
            """, ProviderPolicy.GoogleMeet, Now);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<(Guid, string?, Instant)>();
        while (await rows.ReadAsync(ct))
            found.Add((rows.GetGuid(0), rows.IsDBNull(1) ? null : rows.GetString(1), rows.Instant(2)));
        return found;
    }

    /// <summary>The row is there before Google is asked, because the first push may come before Google's answer.</summary>
    private async Task Open(string calendar, CancellationToken ct)
    {
        var (token, hash) = CalendarPush.NewToken();
        var id = Guid.CreateVersion7();
        var until = Now + ChannelLife;
        await Execute("insert into calendar_channels (id, calendar, token_hash, opened_at, expires_at) values ($1, $2, $3, $4, $5)", ct,
            id, calendar, hash, Now, until);
        OpenedChannel? opened = null;
        try
        {
            opened = await calendars.Watch(calendar, id, _address!, token, until, ct);
        }
        finally
        {
            if (opened is null)
                await Execute("delete from calendar_channels where id = $1", CancellationToken.None, id);
        }
        if (opened is not null)
        {
            await Execute("update calendar_channels set resource = $2, expires_at = $3 where id = $1", ct, id, opened.Resource, opened.ExpiresAt);
            // What happened between the end of the channel before and now.
            await Execute("update watched_calendars set wanted = wanted + 1 where calendar = $1", ct, calendar);
            return;
        }
        LogNoChannel(log, calendar.Split(':')[0]);
        await Execute("update watched_calendars set not_before = $2 where calendar = $1", ct, calendar, Now + AfterRefusal);
    }

    /// <summary>Stops channels that have a successor which was heard, and forgets those that are over.</summary>
    private async Task EndChannels(CancellationToken ct)
    {
        var ending = new List<(Guid Id, string Calendar, string Resource)>();
        await using (var read = database.Command("""
            select c.id, c.calendar, c.resource from calendar_channels c
            where c.resource is not null and c.expires_at > $1 and ($3 or exists (
                select from calendar_channels n where n.calendar = c.calendar and n.opened_at > c.opened_at and n.last_message > 0))
            limit $2
            """, Now, Most, _address is null))
        {
            await using var rows = await read.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                ending.Add((rows.GetGuid(0), rows.GetString(1), rows.GetString(2)));
        }
        foreach (var (id, calendar, resource) in ending)
            await Quietly(calendar, () => Stop(id, calendar, resource, ct), ct);
        await Execute("delete from calendar_channels where expires_at <= $1 or (resource is null and opened_at < $2)", ct, Now, Now - Unfinished);
    }

    private async Task Stop(Guid id, string calendar, string resource, CancellationToken ct)
    {
        await calendars.Stop(calendar, id, resource, ct);
        await Execute("delete from calendar_channels where id = $1", ct, id);
    }

    private async Task Forget(string calendar, CancellationToken ct)
    {
        var open = new List<(Guid Id, string Resource)>();
        await using (var read = database.Command("select id, resource from calendar_channels where calendar = $1 and resource is not null", calendar))
        {
            await using var rows = await read.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                open.Add((rows.GetGuid(0), rows.GetString(1)));
        }
        // One that cannot be stopped ends by itself, and its pushes find no channel.
        foreach (var (id, resource) in open)
            await Quietly(calendar, () => calendars.Stop(calendar, id, resource, ct), ct);
        await Execute("delete from watched_calendars where calendar = $1", ct, calendar);
    }

    /// <summary>A push that comes meanwhile raises <c>wanted</c> above what is noted here, so it is read for again.</summary>
    private async Task Read(string calendar, CancellationToken ct)
    {
        string? token;
        long wanted;
        await using (var read = database.Command("select sync_token, wanted from watched_calendars where calendar = $1", calendar))
        {
            await using var row = await read.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct))
                return;
            (token, wanted) = (row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1));
        }
        var changes = await calendars.Changes(calendar, token, ct);
        if (changes.SyncToken is null)
        {
            LogUnread(log, calendar.Split(':')[0], changes.Failure ?? "");
            await Execute("update watched_calendars set not_before = $2 where calendar = $1", ct, calendar, Now + AfterRefusal);
            return;
        }
        // First the reports: were the token kept before them and the server killed, they would be lost. Told twice, they count once.
        foreach (var some in changes.Touched.Chunk(TakeReports.MostAtOnce))
            await reports.Take(some, ct);
        await Execute("update watched_calendars set sync_token = $2, synced = greatest(synced, $3), synced_at = $4, not_before = null where calendar = $1", ct,
            calendar, changes.SyncToken, wanted, Now);
    }

    private async Task ForEach(string sql, Func<string, CancellationToken, Task> what, CancellationToken ct, params object?[] values)
    {
        var found = new List<string>();
        await using (var read = database.Command(sql, values))
        {
            await using var rows = await read.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                found.Add(rows.GetString(0));
        }
        foreach (var calendar in found)
            await Quietly(calendar, () => what(calendar, ct), ct);
    }

    /// <summary>One calendar in trouble keeps no other waiting.</summary>
    private async Task Quietly(string calendar, Func<Task> what, CancellationToken ct)
    {
        try
        {
            await what();
        }
        catch (ProviderTrouble trouble)
        {
            LogTrouble(log, calendar.Split(':')[0], trouble.Code, trouble.Message);
            await Execute("update watched_calendars set not_before = $2 where calendar = $1", ct, calendar,
                trouble.NotBefore is { } asked ? Instant.Max(asked, Now + AfterTrouble) : Now + AfterTrouble);
        }
    }

    private async Task Execute(string sql, CancellationToken ct, params object?[] values)
    {
        await using var command = database.Command(sql, values);
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Google opens no push channel for a calendar of the {Whose}; it is read every hour")]
    private static partial void LogNoChannel(ILogger log, string whose);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of a calendar of the {Whose} cannot be read: {Why}")]
    private static partial void LogUnread(ILogger log, string whose, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Google has trouble with a calendar of the {Whose}: {Code}, {Why}")]
    private static partial void LogTrouble(ILogger log, string whose, string code, string why);
}
