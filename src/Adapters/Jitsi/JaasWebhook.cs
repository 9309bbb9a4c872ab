using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Jitsi;

/// <summary>What JaaS posts (developer.8x8.com/jaas/docs/webhooks-payload). Duplicates and disorder are announced by 8x8.</summary>
public static class JaasWebhook
{
    public const string SignatureHeader = "X-Jaas-Signature";

    /// <summary>How far the signature's time may be from ours.</summary>
    public static readonly Duration Tolerance = Duration.FromMinutes(5);

    /// <summary>
    /// Is it from 8x8? Everything that is configured must hold: the signature, the fixed Authorization header, or both; with neither
    /// configured nothing is.
    /// </summary>
    /// <param name="signature"><c>t={seconds},v1={base64}</c>: HMAC-SHA256 of <c>t + "." + body</c>.</param>
    public static bool IsGenuine(JitsiOptions options, string? signature, string? authorization, ReadOnlySpan<byte> body, Instant now)
    {
        if (options is { JaasWebhookSecret: null or "", JaasAuthorization: null or "" }) return false;
        if (options.JaasAuthorization is { Length: > 0 } wanted && !Same(wanted, authorization)) return false;
        return options.JaasWebhookSecret is not { Length: > 0 } secret || IsSigned(secret, signature, body, now);
    }

    /// <summary>The facts of one request: none of an event that means nothing to Muse, null when it cannot be read.</summary>
    /// <param name="appId">Facts of another app are not ours.</param>
    public static IReadOnlyList<MeetingReport>? Parse(ReadOnlyMemory<byte> body, string? appId)
    {
        try
        {
            using var document = JsonDocument.Parse(body, WireJson.Bounded);
            return Read(document.RootElement, appId);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsSigned(string secret, string? header, ReadOnlySpan<byte> body, Instant now)
    {
        if (header is not { Length: <= 512 }) return false;
        string? time = null;
        var signatures = new List<string>();
        foreach (var part in header.Split(','))
        {
            // Only at the first '=': base64 ends with some of its own.
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) continue;
            var (name, value) = (part[..equals].Trim(), part[(equals + 1)..].Trim());
            if (name == "t") time = value;
            else if (name == "v1") signatures.Add(value);
        }
        if (time is null || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var t)) return false;
        if (WireJson.Moment(t) is not { } signedAt || signedAt < now - Tolerance || signedAt > now + Tolerance) return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{time}."), .. body];
        var expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
        return signatures.Exists(given => Same(expected, given));
    }

    private static bool Same(string expected, string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static IReadOnlyList<MeetingReport>? Read(JsonElement envelope, string? appId)
    {
        if (envelope.Text("eventType", 64) is not { } type || envelope.Text("idempotencyKey", 100) is not { Length: > 0 } key
            || envelope.Number("timestamp") is not { } ms || WireJson.Moment(ms) is not { } at)
            return null;
        if (envelope.Text("fqn", 400) is not { } fqn || RoomOf(fqn, appId) is not { } room) return [];
        var data = envelope.TryGetProperty("data", out var found) && found.ValueKind is JsonValueKind.Object ? found : default;
        // Somebody in a side room has not left the lesson, and its end is not the lesson's.
        if (data.Flag("isBreakout")) return [];
        MeetingReport? report = type switch
        {
            "ROOM_CREATED" => new MeetingBegan(ProviderPolicy.Jitsi, room, key, at),
            "ROOM_DESTROYED" => new MeetingOver(ProviderPolicy.Jitsi, room, key, at),
            "PARTICIPANT_JOINED" => new GuestCame(ProviderPolicy.Jitsi, room, key, at, Guest(envelope, data)),
            "PARTICIPANT_LEFT" => new GuestWent(ProviderPolicy.Jitsi, room, key, at, Guest(envelope, data)),
            "PARTICIPANT_JOINED_LOBBY" => new GuestWaits(ProviderPolicy.Jitsi, room, key, at, Guest(envelope, data)),
            "RECORDING_UPLOADED" when Recording(data, at) is { } file => new RecordingReady(ProviderPolicy.Jitsi, room, key, at, [file]),
            _ => null,
        };
        return report is null ? [] : [report];
    }

    // "AppID/room"; an app of somebody else who knows our address is none of ours.
    private static string? RoomOf(string fqn, string? appId)
    {
        var slash = fqn.LastIndexOf('/');
        if (slash < 0 || slash == fqn.Length - 1) return null;
        return appId is null || string.Equals(fqn[..slash], appId, StringComparison.OrdinalIgnoreCase) ? fqn[(slash + 1)..].ToLowerInvariant() : null;
    }

    private static ReportedGuest Guest(JsonElement envelope, JsonElement data)
    {
        var id = data.Text("id", 200);
        var stay = data.Text("participantId", 200) ?? data.Text("participantJid", 400) ?? id ?? "";
        return new ReportedGuest(
            WireJson.Short($"{envelope.Text("sessionId", 100)}/{stay}"), data.Flag("moderator"), Guid.TryParse(id, out var person) ? person : null,
            Email: null, data.Text("name", 200));
    }

    // The link opens the file by itself for 24 hours, so all of it is the secret.
    private static RemoteRecording? Recording(JsonElement data, Instant at)
    {
        if (data.Text("preAuthenticatedLink", 4_000) is not { } link || !Uri.TryCreate(link, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("https" or "http") || data.Text("recordingSessionId", 100) is not { Length: > 0 } id)
            return null;
        var to = data.Number("endTimestamp") is { } end && WireJson.Moment(end) is { } ended ? ended : at;
        var from = data.Number("startTimestamp") is { } start && WireJson.Moment(start) is { } began && began <= to ? began : to;
        return new RemoteRecording(id, "composite", "video/mp4", null, from, to, uri.GetLeftPart(UriPartial.Authority) + "/", link);
    }
}
