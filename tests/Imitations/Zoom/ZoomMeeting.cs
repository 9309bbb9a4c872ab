using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>A meeting that the imitated Zoom holds. Guarded by the imitation's gate.</summary>
public sealed partial class ZoomMeeting
{
    /// <summary>9 to 11 digits: more than an int holds.</summary>
    public required long Id { get; init; }

    /// <summary>Names one instance; base64, so it may begin with / or contain //.</summary>
    public required string Uuid { get; set; }

    public required ZoomUser Host { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string Topic { get; set; } = "";

    public string Agenda { get; set; } = "";

    public int Type { get; set; } = 2;

    public DateTimeOffset? Start { get; set; }

    /// <summary>Minutes.</summary>
    public int Duration { get; set; } = 60;

    public string TimeZone { get; set; } = "UTC";

    public string Password { get; set; } = "";

    public JsonObject Settings { get; set; } = [];

    /// <summary><c>waiting</c>, <c>started</c> or <c>ended</c>.</summary>
    public string State { get; set; } = "waiting";

    /// <summary>The names of those who are in it.</summary>
    public List<string> Present { get; } = [];
}
