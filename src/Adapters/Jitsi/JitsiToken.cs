using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Jitsi;

/// <summary>The token that lets one person into one room (lib-jitsi-meet, doc/tokens.md; JaaS, "The Jitsi JSON Web Token").</summary>
public static class JitsiToken
{
    /// <summary>What the clocks of two servers may differ; prosody itself gives no leeway.</summary>
    private static readonly Duration Skew = Duration.FromMinutes(1);

    /// <summary>A clock that is off is no wrong key.</summary>
    private static readonly Duration AnyClock = Duration.FromMinutes(10);

    /// <summary>Valid from when the lesson's door opens until it closes, whenever it is made.</summary>
    public static string For(JitsiServer server, string room, MeetingGuest guest, MeetingOrder order)
    {
        var isTutor = guest.Part is Part.Tutor;
        var claims = new Dictionary<string, object>
        {
            ["iss"] = server.Issuer,
            ["aud"] = server.Audience,
            ["sub"] = server.Subject,
            ["room"] = room,
            ["nbf"] = (order.Start - Lesson.OpensBefore - Skew).ToUnixTimeSeconds(),
            ["exp"] = (order.End + Lesson.ClosesAfter + Skew).ToUnixTimeSeconds(),
            ["context"] = new Dictionary<string, object>
            {
                // Every member a string: the server throws on null. JaaS reads moderator, plugins of self-hosted servers the affiliation.
                // No e-mail address, not even a grown-up's: everybody in the room would see it, and the id names the person.
                ["user"] = new Dictionary<string, string>
                {
                    ["id"] = guest.PersonId.ToString("D"),
                    ["name"] = guest.DisplayName,
                    ["moderator"] = isTutor ? "true" : "false",
                    ["affiliation"] = isTutor ? "owner" : "member",
                },
                // Recording needs the consent of everybody; until Muse knows of it nobody's token can start one.
                ["features"] = new Dictionary<string, bool>
                {
                    ["recording"] = false,
                    ["livestreaming"] = false,
                    ["transcription"] = false,
                    ["inbound-call"] = false,
                    ["outbound-call"] = false,
                    ["sip-inbound-call"] = false,
                    ["sip-outbound-call"] = false,
                    ["screen-sharing"] = true,
                },
            },
        };
        return Signed(server, claims);
    }

    /// <summary>Of nobody, for a room in which nobody meets: to learn whether the server takes the key. It outlives clocks that differ, not more.</summary>
    public static string ToAsk(JitsiServer server, string room, Instant now) => Signed(server, new Dictionary<string, object>
    {
        ["iss"] = server.Issuer,
        ["aud"] = server.Audience,
        ["sub"] = server.Subject,
        ["room"] = room,
        ["nbf"] = (now - AnyClock).ToUnixTimeSeconds(),
        ["exp"] = (now + AnyClock).ToUnixTimeSeconds(),
        ["context"] = new Dictionary<string, object>
        {
            ["user"] = new Dictionary<string, string> { ["id"] = "muse", ["name"] = "Muse", ["moderator"] = "false", ["affiliation"] = "member" },
        },
    });

    private static string Signed(JitsiServer server, Dictionary<string, object> claims)
    {
        var header = new Dictionary<string, object> { ["alg"] = server.Key.Algorithm, ["typ"] = "JWT" };
        if (server.Key.Id is { } kid) header["kid"] = kid;
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(server.Key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
