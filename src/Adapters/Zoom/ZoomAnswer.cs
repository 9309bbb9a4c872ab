using System.Text.Json;

namespace Muse.Adapters.Zoom;

/// <summary>What Zoom said to one call: a body, or its refusal.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Zoom's own code of a refusal; null when it gave none, or nothing was refused.</param>
/// <param name="Message">Zoom's words of a refusal; empty otherwise. It may name users and meetings, never a token.</param>
/// <param name="Body">Undefined when there is none (204).</param>
public sealed record ZoomAnswer(int Status, int? Code, string Message, JsonElement Body)
{
    public bool Succeeded { get; init; }
}
