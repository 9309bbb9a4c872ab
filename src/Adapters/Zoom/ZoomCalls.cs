using System.Text.Json.Nodes;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>Zoom's REST interface with whose token it takes: refreshed, retried and read here, so that nobody else meets a broken wire.</summary>
public sealed class ZoomCalls
{
    /// <param name="path">Below the API's address, without a slash at the start; ids in it are escaped.</param>
    /// <exception cref="ProviderTrouble">It may pass: a broken wire, a time-out, 429 per second, 5xx, an answer that cannot be read.</exception>
    public Task<ZoomAnswer> Send(ZoomHost host, HttpMethod method, string path, JsonObject? body, CancellationToken ct) =>
        throw new NotImplementedException();

    /// <inheritdoc cref="Send"/>
    public Task<ZoomAnswer> Get(ZoomHost host, string path, CancellationToken ct) => Send(host, HttpMethod.Get, path, null, ct);
}
