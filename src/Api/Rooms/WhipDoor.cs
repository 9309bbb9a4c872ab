using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Muse.Api.Http;

namespace Muse.Api.Rooms;

/// <summary>Decides by its bearer where a WHIP or WHEP client may go.</summary>
internal sealed class WhipDoor(RoomsOptions options, MediaHost media, TimeProvider time)
{
    private const string Scheme = "Bearer ";
    private const int LongestBearer = 256;

    private readonly byte[]? _benchKey = options.Bench.Key switch
    {
        null => null,
        { Length: >= BenchOptions.LeastKeyLength } key => Encoding.UTF8.GetBytes(key),
        _ => throw new OptionsValidationException("Rooms:Bench", typeof(BenchOptions),
            [$"Rooms:Bench: Key needs at least {BenchOptions.LeastKeyLength} characters: openssl rand -hex 32."]),
    };

    /// <summary>The bearer of the header; never one of the query, where logs would keep it.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ Length: <= LongestBearer } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && value[Scheme.Length..].Trim() is { Length: > 0 } bearer
            ? bearer
            : null;

    /// <summary>The way in for this bearer, or why there is none.</summary>
    /// <param name="room">As in the path.</param>
    public Task<(WhipRoom? Room, ProblemHttpResult? Refused)> Open(
        string room, string bearer, bool publishes, string? benchName, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!media.Server.IsRunning)
            return Refuse(Problems.Of(StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media server does not run."));
        if (WhipBench.IsName(room) && _benchKey is { } benchKey)
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bearer), benchKey)) return Refuse(Unknown());
            if (!WhipBench.IsGoodAs(benchName)) return Refuse(Problems.NotFound());
            return Task.FromResult<(WhipRoom?, ProblemHttpResult?)>((new WhipBench(media.Server.Rooms, room, benchName, publishes, time)
            {
                OnlyOne = null,
            }, null));
        }
        return Refuse(Unknown());
    }

    public static ProblemHttpResult Unknown() => Problems.Of(StatusCodes.Status401Unauthorized, "stream_key_invalid",
        "Send a stream key of this room as Authorization: Bearer; it may be revoked or too old.");

    private static Task<(WhipRoom? Room, ProblemHttpResult? Refused)> Refuse(ProblemHttpResult problem) =>
        Task.FromResult<(WhipRoom?, ProblemHttpResult?)>((null, problem));
}
