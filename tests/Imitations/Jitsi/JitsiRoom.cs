using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Muse.Imitations.Jitsi;

/// <summary>Somebody in a room.</summary>
/// <param name="ParticipantId">Of this stay.</param>
/// <param name="Id"><c>context.user.id</c> of the token; null without one.</param>
public sealed record JitsiOccupant(string ParticipantId, string? Id, string Name, bool Moderator, DateTimeOffset JoinedAt);

/// <summary>One room and what the server tells about it.</summary>
internal sealed class JitsiRoom(string name, JitsiImitation server)
{
    private readonly Lock _gate = new();
    private readonly List<JitsiOccupant> _present = [];
    private string _session = "";
    private DateTimeOffset _createdAt;

    /// <summary>Stands for a film.</summary>
    public static byte[] RecordingBytes { get; } = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    public string Name { get; } = name;

    /// <summary><c>waiting</c>, <c>started</c> or <c>ended</c>.</summary>
    public string State { get; private set; } = "waiting";

    public IReadOnlyList<JitsiOccupant> Present
    {
        get
        {
            lock (_gate) return [.. _present];
        }
    }

    public async Task Create()
    {
        lock (_gate)
        {
            if (State == "started") return;
            (State, _session, _createdAt) = ("started", Guid.NewGuid().ToString(), server.Clock.GetUtcNow());
        }
        await Tell("ROOM_CREATED", "muc-room-created", "room/created", null, new { conference = $"{Name}@conference" });
    }

    public async Task Join(string? id, string guest, bool moderator)
    {
        await Create();
        var occupant = new JitsiOccupant(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)), id, guest, moderator, server.Clock.GetUtcNow());
        lock (_gate) _present.Add(occupant);
        await Tell("PARTICIPANT_JOINED", "muc-occupant-joined", "occupant/joined", occupant, Data(occupant, null));
    }

    /// <summary>All that match go; the last one closes the room.</summary>
    public async Task Leave(Func<JitsiOccupant, bool> who)
    {
        JitsiOccupant[] gone;
        lock (_gate)
        {
            gone = [.. _present.Where(who)];
            _present.RemoveAll(occupant => gone.Contains(occupant));
        }
        foreach (var occupant in gone)
            await Tell("PARTICIPANT_LEFT", "muc-occupant-left", "occupant/left", occupant, Data(occupant, "left"));
        if (gone.Length > 0 && Present.Count == 0) await End();
    }

    public async Task End()
    {
        lock (_gate)
        {
            if (State != "started") return;
            if (_present.Count == 0) State = "ended";
        }
        if (State == "ended") await Tell("ROOM_DESTROYED", "muc-room-destroyed", "room/destroyed", null, new { conference = $"{Name}@conference" });
        else await Leave(_ => true);
    }

    /// <summary>JaaS only: prosody knows nothing of recordings.</summary>
    public async Task Recorded(string link)
    {
        if (!server.IsJaas) throw new InvalidOperationException("A self-hosted server says nothing of recordings.");
        var now = server.Clock.GetUtcNow();
        await Tell("RECORDING_UPLOADED", "", "", null, new
        {
            participants = Array.Empty<object>(),
            share = true,
            durationSec = 60,
            startTimestamp = now.AddSeconds(-60).ToUnixTimeMilliseconds(),
            endTimestamp = now.ToUnixTimeMilliseconds(),
            recordingSessionId = Guid.NewGuid().ToString(),
            preAuthenticatedLink = link,
        });
    }

    // The moderator as a string here and as a boolean there: both were seen.
    private static object Data(JitsiOccupant occupant, string? disconnectReason) => new
    {
        moderator = disconnectReason is null ? (object)(occupant.Moderator ? "true" : "false") : occupant.Moderator,
        name = occupant.Name,
        id = occupant.Id ?? "",
        participantId = occupant.ParticipantId,
        participantJid = $"{occupant.ParticipantId}@8x8.vc",
        avatar = "",
        disconnectReason,
    };

    private Task Tell(string jaasType, string prosodyName, string prosodyPath, JitsiOccupant? occupant, object jaasData)
    {
        if (server.MuseOrigin is not { } muse) return Task.CompletedTask;
        var at = server.Clock.GetUtcNow();
        if (server.IsJaas)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(new
            {
                idempotencyKey = Guid.NewGuid().ToString(),
                customerId = server.AppId["vpaas-magic-cookie-".Length..],
                appId = server.AppId,
                eventType = jaasType,
                sessionId = _session,
                timestamp = at.ToUnixTimeMilliseconds(),
                fqn = $"{server.AppId}/{Name}",
                data = jaasData,
            });
            return server.Webhooks.Send($"{jaasType} {Name}", () => Signed(new Uri($"{muse}/v1/webhooks/jaas"), body));
        }
        var left = prosodyName == "muc-occupant-left" ? at.ToUnixTimeSeconds() : (long?)null;
        var sync = JsonSerializer.SerializeToUtf8Bytes(new
        {
            event_name = prosodyName,
            room_name = Name,
            room_jid = $"{Name}@conference.localhost",
            is_breakout = false,
            created_at = _createdAt.ToUnixTimeSeconds(),
            destroyed_at = prosodyName == "muc-room-destroyed" ? at.ToUnixTimeSeconds() : (long?)null,
            active_occupants_count = Present.Count,
            occupant = occupant is null ? null : new
            {
                occupant_jid = $"{Name}@conference.localhost/{occupant.ParticipantId}",
                joined_at = occupant.JoinedAt.ToUnixTimeSeconds(),
                left_at = left,
                name = occupant.Name,
                id = occupant.Id,
            },
        });
        return server.Webhooks.Send($"{prosodyName} {Name}", () => new HttpRequestMessage(HttpMethod.Post, $"{muse}/v1/webhooks/jitsi/events/{prosodyPath}")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", server.EventSyncToken) },
            Content = Json(sync),
        });
    }

    private HttpRequestMessage Signed(Uri uri, byte[] body)
    {
        var t = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{t}."), .. body];
        var v1 = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(server.WebhookSecret), signed));
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = Json(body) };
        request.Headers.TryAddWithoutValidation("X-Jaas-Signature", $"t={t},v1={v1}");
        return request;
    }

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
