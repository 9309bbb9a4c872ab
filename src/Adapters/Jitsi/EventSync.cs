using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// What prosody's plugin <c>event_sync</c> of a self-hosted server posts (jitsi-contrib/prosody-plugins): no signature, but a header of the
/// configuration; whole seconds; the same body again after a failure.
/// </summary>
public static class EventSync
{
    /// <param name="authorization">The whole header: <c>Bearer …</c>.</param>
    public static bool IsGenuine(JitsiOptions options, string? authorization) =>
        options.EventSyncToken is { Length: > 0 } token && authorization is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes($"Bearer {token}"), Encoding.UTF8.GetBytes(authorization));

    /// <summary>The facts of one request: none of an event that means nothing to Muse, null when it cannot be read.</summary>
    public static IReadOnlyList<MeetingReport>? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, WireJson.Bounded);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IReadOnlyList<MeetingReport>? Read(JsonElement e)
    {
        if (e.Text("event_name", 64) is not { } name || e.Text("room_name", 300) is not { Length: > 0 } roomName) return null;
        if (e.Flag("is_breakout")) return [];
        var room = Plain(roomName);
        var occupant = e.ValueKind is JsonValueKind.Object && e.TryGetProperty("occupant", out var found) ? found : default;
        var seconds = name switch
        {
            "muc-room-created" => e.Number("created_at"),
            "muc-room-destroyed" => e.Number("destroyed_at"),
            "muc-occupant-joined" => occupant.Number("joined_at"),
            "muc-occupant-left" => occupant.Number("left_at"),
            _ => null,
        };
        if (seconds is not { } number || WireJson.Moment(number) is not { } at) return name.StartsWith("muc-", StringComparison.Ordinal) ? [] : null;
        // There is no id: what happened to whom and when is the same in every repetition.
        var stay = occupant.Text("occupant_jid", 600) ?? "";
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{name}\n{e.Text("room_jid", 600)}\n{roomName}\n{e.Number("created_at")}\n{stay}\n{number}")));
        MeetingReport? report = name switch
        {
            "muc-room-created" => new MeetingBegan(ProviderPolicy.Jitsi, room, key, at),
            "muc-room-destroyed" => new MeetingOver(ProviderPolicy.Jitsi, room, key, at),
            "muc-occupant-joined" when stay.Length > 0 => new GuestCame(ProviderPolicy.Jitsi, room, key, at, Guest(occupant, stay)),
            "muc-occupant-left" when stay.Length > 0 => new GuestWent(ProviderPolicy.Jitsi, room, key, at, Guest(occupant, stay)),
            _ => null,
        };
        return report is null ? [] : [report];
    }

    // "[tenant]room" on servers with tenants.
    private static string Plain(string roomName) => roomName[(roomName.LastIndexOf(']') + 1)..].ToLowerInvariant();

    private static ReportedGuest Guest(JsonElement occupant, string stay) => new(
        WireJson.Short(stay), IsHost: false, Guid.TryParse(occupant.Text("id", 200), out var person) ? person : null, Email: null,
        occupant.Text("name", 200));
}
