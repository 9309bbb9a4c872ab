using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Rooms;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>The whole server on a real port, with a tutor, a student and their lessons.</summary>
public class TheRoomServer : TheServer
{
    private int _lessons;

    public TheRoomServer()
    {
        With("Rooms:FirstMessageWithin", "00:00:01").With("Rooms:ResumeWithin", "00:00:01");
        UseKestrel(0);
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        StartServer();
    }

    public EventStore Store => Services.GetRequiredService<EventStore>();

    public SignallingCounts Counts => Services.GetRequiredService<SignallingCounts>();

    /// <summary>A lesson whose start is that far from now, with its meeting; null: it is still being arranged.</summary>
    public async Task<Guid> Lesson(
        SignedIn tutor, SignedIn student, Duration startsIn, string? meeting = "ready", bool cancelled = false, Guid? studentId = null)
    {
        var id = Guid.CreateVersion7();
        var now = Instant.FromDateTimeOffset(Time.GetUtcNow());
        var start = now + startsIn;
        var who = new Who(tutor.PersonId, Part.Tutor);
        var zone = DateTimeZoneProviders.Tzdb["Asia/Seoul"];
        var time = new PlannedTime(start.InZone(zone).LocalDateTime, zone.Id, "2026f", start, 45);
        await using var session = Store.OpenSession();
        var scheduled = new LessonScheduled(id, Guid.CreateVersion7(), tutor.TutorId!.Value, studentId ?? student.StudentId!.Value, time,
            $"https://muse.example/lessons/{++_lessons}", null, who, now.Cut());
        session.StartStream<Lesson>(id, cancelled ? [scheduled, new LessonCancelled(id, who, null, now.Cut())] : [scheduled]);
        var meetingId = Muse.Api.Meetings.SettleMeeting.StreamOf(id);
        object? arranged = meeting switch
        {
            "ready" => new MeetingArranged(meetingId, id, ProviderPolicy.BuiltIn, id.ToString(), $"https://muse.example/lessons/{_lessons}", start, 45, [], null, now.Cut()),
            "zoom" => new MeetingArranged(meetingId, id, ProviderPolicy.Zoom, "8123", "https://zoom.example/j/8123", start, 45, [], null, now.Cut()),
            "no_provider_allowed" => new NoProviderAllowed(meetingId, id, "AE", [], now.Cut()),
            _ => null,
        };
        if (arranged is not null) session.StartStream<Meeting>(meetingId, arranged);
        await session.SaveChangesAsync(CancellationToken.None);
        return id;
    }

    /// <summary>The names of the lesson's events after its scheduling, waited for until there are that many.</summary>
    public async Task<List<string>> Happened(Guid lesson, int atLeast)
    {
        for (var tries = 0; ; tries++)
        {
            await using var session = Store.OpenSession();
            var names = (await session.FetchStreamAsync(lesson)).Skip(1).Select(e => e.EventTypeName).ToList();
            if (names.Count >= atLeast || tries > 200) return names;
            await Task.Delay(50);
        }
    }

    public async Task<string> Ticket(SignedIn person, Guid lesson)
    {
        using var answer = await person.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Json()).GetProperty("ticket").GetString()!;
    }

    /// <param name="of"><c>rooms</c>, or <c>preflights</c> for the socket of a connection test.</param>
    public async Task<RoomSocket> Connect(Guid room, string? origin = null, string? address = null, string of = "rooms")
    {
        var wire = new ClientWebSocket();
        if (origin is not null) wire.Options.SetRequestHeader("Origin", origin);
        if (address is not null) wire.Options.SetRequestHeader(AddressHeader, address);
        wire.Options.CollectHttpResponseDetails = true;
        using var http = Anyone();
        var uri = new UriBuilder(http.BaseAddress!) { Scheme = "ws", Path = $"/v1/{of}/{room}/signal" }.Uri;
        var socket = new RoomSocket(wire);
        try
        {
            await wire.ConnectAsync(uri, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            socket.RefusedWith = (int)wire.HttpStatusCode;
        }
        return socket;
    }

    /// <summary>Connects and joins; gives back the socket and what <c>joined</c> said.</summary>
    public async Task<(RoomSocket Socket, JsonElement Joined)> Enter(SignedIn person, Guid lesson)
    {
        var socket = await Connect(lesson);
        await socket.Send($$"""{"type":"join","ticket":"{{await Ticket(person, lesson)}}"}""");
        return (socket, await socket.Hear("joined"));
    }
}

/// <summary>A client's end of the signalling socket.</summary>
public sealed class RoomSocket(ClientWebSocket wire) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Status of the refused upgrade, null when it was not refused.</summary>
    public int? RefusedWith { get; set; }

    public async Task Send(string text)
    {
        try
        {
            await wire.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The server has closed already; what it said is still to be read.
        }
    }

    public Task SendBinary(byte[] bytes) => wire.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    /// <summary>The next message of this type; others are passed over.</summary>
    public async Task<JsonElement> Hear(string type)
    {
        while (await Next() is { } message)
        {
            if (message.GetProperty("type").GetString() == type) return message;
        }
        throw new InvalidOperationException($"Closed with {(int?)wire.CloseStatus} before '{type}' came.");
    }

    /// <summary>The code it closes with; what comes before is passed over.</summary>
    public async Task<int> Closed()
    {
        while (await Next() is not null)
        {
        }
        return (int)wire.CloseStatus!.Value;
    }

    /// <summary>The code of the error that comes before the close, and the code of the close.</summary>
    public async Task<(string? Error, int Close)> ClosedWithError()
    {
        string? error = null;
        while (await Next() is { } message)
        {
            if (message.GetProperty("type").GetString() == "error") error = message.GetProperty("code").GetString();
        }
        return (error, (int)wire.CloseStatus!.Value);
    }

    /// <summary>As a network does that goes away.</summary>
    public void Abort() => wire.Abort();

    public void Dispose() => wire.Dispose();

    private async Task<JsonElement?> Next()
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[128 * 1024];
        var length = 0;
        while (true)
        {
            var part = await wire.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (!part.EndOfMessage) continue;
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            return document.RootElement.Clone();
        }
    }
}
