using System.Text.Json;
using System.Text.Json.Serialization;

namespace Muse.Api.Rooms;

/// <summary>What a client says on the signalling socket (docs/protocol.md §3).</summary>
public abstract record ClientMessage
{
    public const int LongestSecret = 64;
    public const int LongestSdp = 380_000;
    public const int LongestCandidate = 1_024;
    public const int LongestMid = 16;
    public const int MostTracks = 72;
    public const int MostHeight = 4_320;
    public const int DeepestJson = 8;

    /// <summary>The version of docs/protocol.md that this server speaks.</summary>
    public const int SpokenProtocol = 1;

    /// <param name="Protocol">The version that the client speaks.</param>
    public sealed record Join(string Ticket, int Protocol = SpokenProtocol) : ClientMessage;

    public sealed record Resume(string Secret) : ClientMessage;

    public sealed record Offer(int Id, ConnectionKind Connection, string Sdp, Dictionary<string, Guid>? Tracks = null) : ClientMessage;

    /// <summary>An offer of a connection test: the same over a named path (docs/protocol.md §10).</summary>
    public sealed record TryPath(int Id, string Path, ConnectionKind Connection, string Sdp, Dictionary<string, Guid>? Tracks = null)
        : ClientMessage;

    public sealed record IceCandidate(ConnectionKind Connection, string Candidate, string? SdpMid = null, int? SdpMLineIndex = null)
        : ClientMessage;

    /// <summary>What the browser has measured of itself; only when <c>joined</c> asked for it (docs/protocol.md §11).</summary>
    /// <param name="RoundTrip">ms.</param>
    public sealed record Measured(
        IReadOnlyList<MeasuredTrack> Tracks, string? Path = null, int? RoundTrip = null, MicrophoneProcessing? Processing = null) : ClientMessage
    {
        /// <summary>The ways that media may go; <c>relay…</c> is TURN, by how the browser reaches it.</summary>
        public static readonly IReadOnlyList<string> AllPaths = ["udp", "tcp", "relayUdp", "relayTcp", "relayTls"];

        public const int MostRoundTrip = 60_000;
    }

    /// <summary>A track as it comes out at the browser's end. Counts are since the track began.</summary>
    /// <param name="Samples">Of sound.</param>
    /// <param name="Concealed">Of them, made up because nothing had come; silence not counted.</param>
    /// <param name="Frozen">ms in which the picture stood still.</param>
    /// <param name="JitterBuffer">ms that it is held back.</param>
    public sealed record MeasuredTrack(
        Guid TrackId, long Samples = 0, long Concealed = 0, long Freezes = 0, long Frozen = 0, int JitterBuffer = 0, int Width = 0, int Height = 0)
    {
        internal bool IsWithinBounds => Samples is >= 0 and < MostCounted && Concealed is >= 0 and < MostCounted && Freezes is >= 0 and < MostCounted
            && Frozen is >= 0 and < MostCounted && JitterBuffer is >= 0 and <= 60_000 && Width is >= 0 and <= 16_384 && Height is >= 0 and <= 16_384;

        /// <summary>Centuries of sound.</summary>
        private const long MostCounted = 1L << 53;
    }

    /// <summary>What the browser does to its microphone, as its settings say it; a browser that does not tell leaves it out.</summary>
    public sealed record MicrophoneProcessing(bool? EchoCancellation = null, bool? NoiseSuppression = null, bool? AutoGainControl = null);

    /// <summary>ms that coming in took, told once.</summary>
    /// <param name="First">From the receiving connection's keys to the first picture; absent where there is none to see.</param>
    public sealed record Timing(int Ticket, int Socket, int? Offering = null, int? Signalling = null, int? First = null, int? Total = null) : ClientMessage
    {
        public const int Longest = 600_000;

        internal bool IsGood => new[] { Ticket, Socket, Offering ?? 0, Signalling ?? 0, First ?? 0, Total ?? 0 }.All(step => step is >= 0 and <= Longest);
    }

    public sealed record Mute(MediaKind Kind, bool Muted) : ClientMessage;

    /// <param name="Height">Lines of the screen that the track's picture takes; 0 = it is not shown.</param>
    public sealed record View(Guid TrackId, int Height) : ClientMessage;

    /// <param name="ParticipantId">Null: everybody but those who may do this.</param>
    public sealed record Silence(MediaKind Kind, bool Silenced, Guid? ParticipantId = null) : ClientMessage;

    public sealed record Spotlight(Guid? ParticipantId = null) : ClientMessage;

    public sealed record Door(bool Closed) : ClientMessage;

    /// <param name="WaitingId">Null: all who wait.</param>
    public sealed record Admit(Guid? WaitingId = null) : ClientMessage;

    /// <summary>The lesson is to be recorded, or not.</summary>
    public sealed record Record(bool On) : ClientMessage;

    public sealed record Refuse(Guid WaitingId) : ClientMessage;

    /// <summary>Is somebody there? A browser's script cannot send a WebSocket's own ping.</summary>
    public sealed record Ping : ClientMessage;

    public sealed record EndLesson : ClientMessage;

    public sealed record Leave : ClientMessage;

    [JsonInclude, JsonPropertyName("type")]
    internal string Type { get; init; } = "";

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = DeepestJson,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>
    /// Reads one message. Null with the fault <c>malformed_message</c> or <c>unknown_type</c> when it is not one: never throws for what
    /// a stranger wrote.
    /// </summary>
    public static ClientMessage? Read(ReadOnlyMemory<byte> utf8, out string? fault)
    {
        fault = "malformed_message";
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = DeepestJson, AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String) return null;
            ClientMessage? message;
            switch (type.GetString())
            {
                case "join": message = root.Deserialize<Join>(Strict); break;
                case "resume": message = root.Deserialize<Resume>(Strict); break;
                case "offer": message = root.Deserialize<Offer>(Strict); break;
                case "tryPath": message = root.Deserialize<TryPath>(Strict); break;
                case "iceCandidate": message = root.Deserialize<IceCandidate>(Strict); break;
                case "measured": message = root.Deserialize<Measured>(Strict); break;
                case "timing": message = root.Deserialize<Timing>(Strict); break;
                case "mute": message = root.Deserialize<Mute>(Strict); break;
                case "view": message = root.Deserialize<View>(Strict); break;
                case "silence": message = root.Deserialize<Silence>(Strict); break;
                case "spotlight": message = root.Deserialize<Spotlight>(Strict); break;
                case "door": message = root.Deserialize<Door>(Strict); break;
                case "admit": message = root.Deserialize<Admit>(Strict); break;
                case "refuse": message = root.Deserialize<Refuse>(Strict); break;
                case "record": message = root.Deserialize<Record>(Strict); break;
                case "ping": message = root.Deserialize<Ping>(Strict); break;
                case "endLesson": message = root.Deserialize<EndLesson>(Strict); break;
                case "leave": message = root.Deserialize<Leave>(Strict); break;
                default:
                    fault = "unknown_type";
                    return null;
            }
            if (message is null || !message.IsWithinBounds) return null;
            fault = null;
            return message;
        }
        // InvalidOperationException: a string with a lone surrogate escape cannot become UTF-16 (JsonElement.GetString).
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool IsWithinBounds => this switch
    {
        Join join => join.Ticket.Length is > 0 and <= LongestSecret,
        Resume resume => resume.Secret.Length is > 0 and <= LongestSecret,
        Offer offer => IsGoodOffer(offer.Id, offer.Connection, offer.Sdp, offer.Tracks),
        TryPath offer => Muse.Domain.Preflights.Preflight.AllPaths.Contains(offer.Path)
            && IsGoodOffer(offer.Id, offer.Connection, offer.Sdp, offer.Tracks),
        IceCandidate ice => ice.Candidate.Length <= LongestCandidate && (ice.SdpMid is null || ice.SdpMid.Length <= LongestMid)
            && ice.SdpMLineIndex is null or (>= 0 and <= 63),
        Measured measured => measured.Tracks.Count <= MostTracks && measured.Tracks.All(track => track?.IsWithinBounds is true)
            && (measured.Path is null || Measured.AllPaths.Contains(measured.Path))
            && measured.RoundTrip is null or (>= 0 and <= Measured.MostRoundTrip),
        Timing timing => timing.IsGood,
        View view => view.Height is >= 0 and <= MostHeight,
        _ => true,
    };

    private static bool IsGoodOffer(int id, ConnectionKind connection, string sdp, Dictionary<string, Guid>? tracks) =>
        id >= 0
        && sdp.Length is > 0 and <= LongestSdp
        && (tracks is null || (connection == ConnectionKind.Subscribe && tracks.Count <= MostTracks
            && tracks.Keys.All(mid => mid.Length is > 0 and <= LongestMid)));
}

/// <summary>The two WebRTC connections of a participant: one carries what they send, the other what they get.</summary>
public enum ConnectionKind
{
    Publish,
    Subscribe,
}

public enum MediaKind
{
    Audio,
    Video,
}
