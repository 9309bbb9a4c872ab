namespace Muse.Adapters.Jitsi;

/// <summary>
/// What a room's address sets for the person who follows it. It stands in the fragment, which browsers do not send to the server. Values are
/// JSON.
/// </summary>
internal static class JitsiDoor
{
    /// <summary>Jitsi's own names of the languages that Muse speaks; English is its default.</summary>
    private static readonly string[] Languages = ["ko", "ar"];

    /// <param name="locale">BCP 47.</param>
    public static string Settings(string title, string locale)
    {
        var language = locale.Split('-')[0].ToLowerInvariant();
        return string.Join('&',
        [
            // Sound as it is: neither echo canceller, noise suppression nor gain control, in stereo, at a bitrate for music.
            "config.disableAP=true",
            "config.stereo=true",
            "config.audioQuality.stereo=true",
            "config.audioQuality.opusMaxAverageBitrate=128000",
            "config.enableNoisyMicDetection=false",
            "config.enableNoAudioDetection=true",
            "config.prejoinConfig.enabled=true",
            $"config.subject={Uri.EscapeDataString($"\"{title.Replace("\\", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)}\"")}",
            .. Languages.Contains(language) ? [$"config.defaultLanguage=%22{language}%22"] : Array.Empty<string>(),
        ]);
    }
}
