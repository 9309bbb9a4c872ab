namespace Muse.Api.Preflights;

/// <summary>Configuration section <c>Preflights</c>: what connection tests may cost the server.</summary>
public sealed class PreflightsOptions
{
    /// <summary>Loop-back rooms at once; each may send 3 Mbit/s for <see cref="RoomFor"/>.</summary>
    public int MostAtOnce { get; set; } = 16;

    /// <summary>Tests that one signed-in person may begin within <see cref="Within"/>.</summary>
    public int MostOfOnePerson { get; set; } = 12;

    public TimeSpan Within { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a loop-back room lives; the measuring takes 5 s.</summary>
    public TimeSpan RoomFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the result may be sent: somebody reads the browser's question about the microphone first.</summary>
    public TimeSpan ResultWithin { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Tests waiting for their result; beyond it the oldest is forgotten.</summary>
    public const int MostWaiting = 2_000;
}
