using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Zoom;

/// <summary>
/// What webhooks and polling say alike: keys, stays, files. A fact's key is made of what both tell about it (docs/decisions/0014), so the
/// time at which Zoom sent a webhook is in none of them; only facts that polling never sees are keyed by it.
/// </summary>
internal static class ZoomFacts
{
    public static string Began(string uuid) => Key("began", uuid);

    public static string Over(string uuid) => Key("over", uuid);

    /// <summary>What polling tells of a deleted meeting.</summary>
    public static string Gone(string meeting) => Key("gone", meeting);

    /// <param name="guest">Zoom's <c>user_id</c>: given anew each time somebody comes in.</param>
    public static string Came(string uuid, string guest, Instant at) => Key("came", uuid, guest, Seconds(at));

    public static string Went(string uuid, string guest, Instant at) => Key("went", uuid, guest, Seconds(at));

    /// <summary>For what only webhooks tell: Zoom gives deliveries no id, and a repetition carries the same <c>event_ts</c>.</summary>
    public static string Delivery(string name, Instant sent, string uuid, string what) =>
        Key(name, sent.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), uuid, what);

    public static string Stay(string uuid, string guest) => Key("stay", uuid, guest);

    /// <summary>
    /// What a recording's files are, out of <c>recording_files</c> and <c>participant_audio_files</c>; null when none can be fetched. Transcripts
    /// come later than the rest and are told apart from it, by webhook as by polling.
    /// </summary>
    public static RecordingReady? Recorded(string meeting, string uuid, Instant at, JsonElement recording, string? token, bool? transcripts = null)
    {
        var files = new List<RemoteRecording>();
        foreach (var list in (string[])["recording_files", "participant_audio_files"])
        {
            if (recording.Member(list) is not { ValueKind: JsonValueKind.Array } entries) continue;
            foreach (var entry in entries.EnumerateArray().Take(Domain.Recordings.Recording.MostOfALesson))
            {
                if (entry.ValueKind is JsonValueKind.Object && File(entry, list, uuid, token) is { } file
                    && (transcripts is null || IsTranscript(file) == transcripts))
                    files.Add(file);
            }
        }
        return files.Count == 0
            ? null
            : new RecordingReady(ProviderPolicy.Zoom, meeting, Key(["recorded", uuid, .. files.Select(f => f.FileId).Order(StringComparer.Ordinal)]), at, files);
    }

    private static RemoteRecording? File(JsonElement entry, string list, string uuid, string? token)
    {
        // A timeline has neither id nor size; what is still processed comes with a later message.
        if (entry.Text("id", 200) is not { Length: > 0 } id || entry.Text("download_url", 2_000) is not { Length: > 0 } url
            || (entry.Text("status", 40) is { Length: > 0 } status && status != "completed")
            || entry.Time("recording_start") is not { } from)
            return null;
        var to = entry.Time("recording_end") is { } end && end >= from ? end : from;
        var type = entry.Text("file_type", 40)?.ToUpperInvariant() ?? "";
        var kind = entry.Text("recording_type", 80) is { Length: > 0 } word ? word
            : list == "participant_audio_files" ? "audio_only_each_participant" : type.ToLowerInvariant();
        return new RemoteRecording(id, kind, MediaTypeOf(type), entry.Number("file_size") is > 0 and var size ? size : null, from, to, url, token, uuid);
    }

    private static bool IsTranscript(RemoteRecording file) => file.Kind == "audio_transcript" || file.MediaType == "text/vtt";

    private static string MediaTypeOf(string fileType) => fileType switch
    {
        "MP4" => "video/mp4",
        "M4A" => "audio/mp4",
        "TRANSCRIPT" or "CC" => "text/vtt",
        "CHAT" => "text/plain",
        "CSV" => "text/csv",
        "TIMELINE" or "SUMMARY" => "application/json",
        _ => "application/octet-stream",
    };

    private static string Seconds(Instant at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string Key(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', parts))));
}
