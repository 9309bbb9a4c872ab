using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Preflights;

/// <summary>What a browser found out about its network and devices before a lesson. Somebody's word about their own line: it helps to choose among what is allowed, and allows nothing.</summary>
/// <param name="PersonId">Who will sit there in the lesson.</param>
/// <param name="StudentId">Of that person; null for a tutor's or a guardian's own test.</param>
/// <param name="ByPersonId">Who was signed in: the person, or a guardian.</param>
/// <param name="Paths">Empty where the built-in room may not be used and was not tried.</param>
/// <param name="Line">Null when no path was connected long enough.</param>
/// <param name="Sound">Null without a microphone.</param>
public sealed record PreflightDone(
    Guid PreflightId, Guid PersonId, Guid? StudentId, Guid ByPersonId, IReadOnlyList<TriedPath> Paths, MeasuredLine? Line,
    string Microphone, string Camera, SoundProcessing? Sound, string Browser, Instant At);

/// <summary>A way to the built-in room that was tried.</summary>
/// <param name="Path">Of <see cref="Preflight.AllPaths"/>.</param>
/// <param name="Outcome">Of <see cref="Preflight.AllOutcomes"/>.</param>
/// <param name="SetupMilliseconds">From the offer to the keys, 0–60,000; only when connected.</param>
public sealed record TriedPath(string Path, string Outcome, int? SetupMilliseconds = null);

/// <summary>What about two seconds over the best path showed, there and back through the server.</summary>
/// <param name="RoundTripMilliseconds">0–60,000, to the server.</param>
/// <param name="LossPercent">0–100 of the packets, there and back.</param>
/// <param name="JitterMilliseconds">0–10,000, of the sound that came back.</param>
/// <param name="UpKbps">kbit/s that reached the server: at least this much is possible, the test asks for no more than a lesson does.</param>
/// <param name="DownKbps">kbit/s that came back.</param>
public sealed record MeasuredLine(double RoundTripMilliseconds, double LossPercent, double JitterMilliseconds, int UpKbps, int DownKbps);

/// <summary>What the browser really does with the microphone's sound after it was asked to leave it alone; null where it does not say.</summary>
public sealed record SoundProcessing(bool? EchoCancellation, bool? NoiseSuppression, bool? AutoGainControl, int? ChannelCount, int? SampleRate);

/// <summary>One connection test. A stream of its own, so that a test makes nobody's ETag stale.</summary>
public sealed record Preflight(Guid Id, PreflightDone Done)
{
    public const string Direct = "udp";

    /// <summary>Without a relay, by ICE over TCP (RFC 6544): through where UDP is blocked, and what is lost holds up what follows.</summary>
    public const string DirectTcp = "tcp";

    public const string TurnUdp = "turn-udp";
    public const string TurnTcp = "turn-tcp";
    public const string TurnTls = "turns-tls";

    /// <summary>The ways to the built-in room, in the order in which a lesson takes them: ICE has every direct way before a relay.</summary>
    public static readonly IReadOnlyList<string> AllPaths = [Direct, DirectTcp, TurnUdp, TurnTcp, TurnTls];

    public const string Connected = "connected";

    /// <summary><c>refused</c>: the TURN server answered and did not take the credentials.</summary>
    public static readonly IReadOnlyList<string> AllOutcomes = [Connected, "timed_out", "failed", "refused"];

    /// <summary><c>silent</c>: it is there, and nothing was heard (for a camera: nothing but one colour was seen).</summary>
    public static readonly IReadOnlyList<string> AllDeviceStates = ["ok", "silent", "denied", "missing", "busy", "insecure", "failed"];

    public static readonly IReadOnlyList<string> AllBrowsers = ["chromium", "firefox", "safari", "other"];

    /// <summary>Homes move, routers change: an older test says nothing about the next lesson.</summary>
    public static readonly Duration Counts = PreflightFindings.GoodFor;

    public static Preflight Create(PreflightDone e) => new(e.PreflightId, e);

    public Instant AgesOutAt => Done.At + Counts;

    public bool CountsAt(Instant now) => now < AgesOutAt;

    /// <param name="offered">The paths that this test was to try: none where the built-in room may not be used.</param>
    /// <returns>
    /// <see cref="PreflightDone"/>; nothing when it is repeated; or <c>preflight_done</c>, <c>media_not_offered</c>, <c>unknown_path</c>,
    /// <c>path_not_offered</c>, <c>duplicate_path</c>, <c>unknown_outcome</c>, <c>setup_without_connection</c>, <c>line_without_connection</c>.
    /// </returns>
    public static Decision Finish(Preflight? existing, PreflightDone found, IReadOnlyCollection<string> offered)
    {
        if (existing is not null)
            return existing.Done.SaysTheSameAs(found)
                ? Decision.Nothing
                : new Refusal("preflight_done", "This test has its result already; begin another one.");
        if (found.Paths.Count > 0 && offered.Count == 0)
            return Refusal.Invalid("media_not_offered", "The built-in room was not part of this test.", "/paths");
        for (var i = 0; i < found.Paths.Count; i++)
        {
            var tried = found.Paths[i];
            if (!AllPaths.Contains(tried.Path))
                return Refusal.Invalid("unknown_path", $"A path is one of {string.Join(", ", AllPaths)}.", $"/paths/{i}/path");
            if (!offered.Contains(tried.Path))
                return Refusal.Invalid("path_not_offered", $"This test was to try {string.Join(", ", offered)}.", $"/paths/{i}/path");
            if (!AllOutcomes.Contains(tried.Outcome))
                return Refusal.Invalid("unknown_outcome", $"An outcome is one of {string.Join(", ", AllOutcomes)}.", $"/paths/{i}/outcome");
            if (found.Paths.Take(i).Any(earlier => earlier.Path == tried.Path))
                return Refusal.Invalid("duplicate_path", "Each path is tried once.", $"/paths/{i}/path");
            if (tried.SetupMilliseconds is not null && tried.Outcome != Connected)
                return Refusal.Invalid("setup_without_connection", "Only what connected took a time to connect.", $"/paths/{i}/setupMilliseconds");
        }
        if (found.Line is not null && !found.HasConnection())
            return Refusal.Invalid("line_without_connection", "A line is measured over a path that connected.", "/line");
        return Decision.Of(found with { At = found.At.Cut() });
    }
}

public static class PreflightQuestions
{
    public static bool HasConnection(this PreflightDone done) => done.Paths.Any(path => path.Outcome == Preflight.Connected);

    /// <summary>The best way that connected, or null.</summary>
    public static string? BestPath(this PreflightDone done) =>
        Preflight.AllPaths.FirstOrDefault(path => done.Paths.Any(tried => tried.Path == path && tried.Outcome == Preflight.Connected));

    /// <summary>
    /// What the choice of a provider hears of it: only whether the built-in room can be reached. A poor line is poor everywhere, so it speaks
    /// for no other provider.
    /// </summary>
    public static PreflightFindings Findings(this PreflightDone done) => done.Paths.Count == 0
        ? PreflightFindings.None
        : new PreflightFindings([new PreflightFinding(
            ProviderPolicy.BuiltIn, done.HasConnection() ? PreflightVerdict.Works : PreflightVerdict.DoesNot, done.At)]);

    /// <summary>Apart from who sent it when.</summary>
    public static bool SaysTheSameAs(this PreflightDone one, PreflightDone other) =>
        one.PersonId == other.PersonId && one.Paths.SequenceEqual(other.Paths) && one.Line == other.Line
        && one.Microphone == other.Microphone && one.Camera == other.Camera && one.Sound == other.Sound && one.Browser == other.Browser;
}
