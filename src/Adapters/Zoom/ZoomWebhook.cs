using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Zoom;

/// <summary>What one webhook says.</summary>
/// <param name="Event">Zoom's name, such as <c>meeting.ended</c>.</param>
/// <param name="PlainToken">Of <c>endpoint.url_validation</c>: Zoom wants it back with <see cref="ZoomWebhook.Encrypt"/>.</param>
/// <param name="Lost">A host's account that can no longer be used.</param>
public sealed record ZoomMessage(string Event, IReadOnlyList<MeetingReport> Reports, string? PlainToken = null, LostZoomUser? Lost = null);

/// <summary>A user who was deactivated or deleted, or who removed Muse's app from their account.</summary>
public sealed record LostZoomUser(string UserId, string? Email);

/// <summary>Zoom's webhooks: is it Zoom's, and what does it say? (contract: Zoom, webhooks)</summary>
/// <param name="secrets">Secret tokens of the subscriptions: several while one is being replaced, and with several apps.</param>
public sealed class ZoomWebhook(IReadOnlyCollection<string> secrets)
{
    /// <summary>Bytes of a body. A recording's news with a track for each of many guests is the longest, some 60 kB.</summary>
    public const int MostBytes = 256 * 1024;

    public const string SignatureHeader = "x-zm-signature";
    public const string TimestampHeader = "x-zm-request-timestamp";

    /// <summary>How far a signature's time may be from ours. Zoom names no number.</summary>
    public static readonly Duration Tolerance = Duration.FromMinutes(5);

    /// <summary>The secret that signed this body, or null when none of ours did, or did too long ago.</summary>
    /// <param name="timestamp">Header <see cref="TimestampHeader"/>, Unix seconds.</param>
    /// <param name="signature">Header <see cref="SignatureHeader"/>, <c>v0=</c> and hex.</param>
    /// <param name="body">As it came: Zoom signs UTF-8 bytes, not the text read from them.</param>
    public string? SignedWith(string? timestamp, string? signature, ReadOnlySpan<byte> body, Instant now)
    {
        if (timestamp is null || signature is null || !signature.StartsWith("v0=", StringComparison.Ordinal)
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs((double)seconds - now.ToUnixTimeSeconds()) > Tolerance.TotalSeconds)
            return null;
        var given = Encoding.UTF8.GetBytes(signature);
        string? found = null;
        // All of them are tried, so that the time taken does not tell which one it was.
        foreach (var secret in secrets)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(secret, timestamp, body)), given)) found = secret;
        }
        return found;
    }

    /// <summary>The header <see cref="SignatureHeader"/> for a body.</summary>
    public static string Sign(string secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes($"v0:{timestamp}:"));
        mac.AppendData(body);
        return "v0=" + Convert.ToHexStringLower(mac.GetHashAndReset());
    }

    /// <summary>The <c>encryptedToken</c> by which an endpoint shows Zoom that it knows the secret.</summary>
    public static string Encrypt(string secret, string plainToken) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(plainToken)));

    /// <summary>Null when it is no message of Zoom's. An event that Muse does not know, or that lacks what it needs, is one without reports.</summary>
    public static ZoomMessage? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.Text("event", 100) is not { Length: > 0 } name || root.Member("payload") is not { ValueKind: JsonValueKind.Object } payload)
                return null;
            return name == "endpoint.url_validation"
                ? payload.Text("plainToken", 200) is { Length: > 0 } token ? new ZoomMessage(name, [], token) : null
                : Understand(name, root, payload);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ZoomMessage Understand(string name, JsonElement root, JsonElement payload)
    {
        var nothing = new ZoomMessage(name, []);
        if (name == "app_deauthorized")
            return payload.Text("user_id", 200) is { Length: > 0 } who ? nothing with { Lost = new LostZoomUser(who, null) } : nothing;
        if (payload.Member("object") is not { ValueKind: JsonValueKind.Object } thing)
            return nothing;
        if (name is "user.deactivated" or "user.deleted" or "user.disassociated")
            return thing.Text("id", 200) is { Length: > 0 } user ? nothing with { Lost = new LostZoomUser(user, thing.Text("email", 320)) } : nothing;
        if (thing.Text("id", 32) is not { Length: > 0 } meeting || root.Milliseconds("event_ts") is not { } sent)
            return nothing;
        return Report(name, meeting, sent, root, thing) is { } report ? nothing with { Reports = [report] } : nothing;
    }

    private static MeetingReport? Report(string name, string meeting, Instant sent, JsonElement root, JsonElement thing)
    {
        const string zoom = ProviderPolicy.Zoom;
        var uuid = thing.Text("uuid", 100) ?? "";
        switch (name)
        {
            case "meeting.started":
                return new MeetingBegan(zoom, meeting, ZoomFacts.Began(uuid), thing.Time("start_time") ?? sent);
            case "meeting.ended":
                return new MeetingOver(zoom, meeting, ZoomFacts.Over(uuid), thing.Time("end_time") ?? sent);
            case "meeting.deleted" or "meeting.permanently_deleted" or "meeting.recovered":
                return new MeetingTouched(zoom, meeting, ZoomFacts.Delivery(name, sent, uuid, meeting), sent);
            case "meeting.updated" when thing.Has("start_time") || thing.Has("duration") || thing.Has("timezone") || thing.Has("recurrence"):
                return new MeetingTouched(zoom, meeting, ZoomFacts.Delivery(name, sent, uuid, meeting), sent);
            case "recording.completed" or "recording.transcript_completed":
                return ZoomFacts.Recorded(meeting, uuid, sent, thing, root.Text("download_token", 4_000));
        }
        if (thing.Member("participant") is not { ValueKind: JsonValueKind.Object } person)
            return null;
        var key = person.Text("user_id", 100) is { Length: > 0 } id ? id : person.Text("participant_uuid", 100) ?? "";
        var guest = new ReportedGuest(
            ZoomFacts.Stay(uuid, key), person.Text("id", 100) is { Length: > 0 } user && user == thing.Text("host_id", 100), null,
            person.Text("email", 320) is { Length: > 0 } mail ? mail : null, person.Text("user_name", 200));
        switch (name)
        {
            case "meeting.participant_joined" when key.Length > 0:
                var came = person.Time("join_time") ?? sent;
                return new GuestCame(zoom, meeting, ZoomFacts.Came(uuid, key, came), came, guest);
            case "meeting.participant_left" when key.Length > 0:
                var went = person.Time("leave_time") ?? sent;
                return new GuestWent(zoom, meeting, ZoomFacts.Went(uuid, key, went), went, guest);
            // Who waits before the host comes has no stay yet, and is known by their account or their name alone.
            case "meeting.participant_jbh_waiting" or "meeting.participant_joined_waiting_room" or "meeting.participant_put_in_waiting_room":
                var waits = person.Time("date_time") ?? sent;
                var waiting = key.Length > 0 ? key : $"{person.Text("id", 100)} {person.Text("user_name", 200)}";
                return new GuestWaits(zoom, meeting, ZoomFacts.Delivery(name, sent, uuid, waiting), waits, guest with { Stay = ZoomFacts.Stay(uuid, waiting) });
            default:
                return null;
        }
    }
}
