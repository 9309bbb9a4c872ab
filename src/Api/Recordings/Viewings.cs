using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>What a ticket for a player lets see, and whom.</summary>
/// <param name="Session">In which it was asked for: it shows nothing any more once that person has signed out.</param>
public sealed record Viewing(Guid RecordingId, Guid LessonId, Guid PersonId, Part Part, Guid? Session);

/// <summary>
/// Addresses for players, which can send no header (Safari plays HLS by itself): the right to see one recording stands in the path, sealed, for a
/// short time. Nothing is kept of them.
/// </summary>
public sealed class Viewings(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Long enough for a lesson and the bars that are played again; a player asks for another before it ends.</summary>
    public static readonly Duration Lifetime = Duration.FromHours(2);

    private const int LongestTicket = 1_024;

    private readonly IDataProtector _seal = protection.CreateProtector("recordings.viewing");

    private sealed record Sealed(Guid R, Guid L, Guid P, Part W, Guid? S, long Until);

    public (string Ticket, Instant Until) Issue(Viewing viewing)
    {
        var until = Instant.FromDateTimeOffset(time.GetUtcNow()) + Lifetime;
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new Sealed(viewing.RecordingId, viewing.LessonId, viewing.PersonId, viewing.Part, viewing.Session, until.ToUnixTimeSeconds()));
        return (WebEncoders.Base64UrlEncode(_seal.Protect(content)), until);
    }

    /// <returns>Null when it is none of ours, or its time is over.</returns>
    public Viewing? Read(string ticket)
    {
        if (ticket.Length > LongestTicket) return null;
        try
        {
            var content = JsonSerializer.Deserialize<Sealed>(_seal.Unprotect(WebEncoders.Base64UrlDecode(ticket)));
            return content is not null && content.Until > time.GetUtcNow().ToUnixTimeSeconds() ? new(content.R, content.L, content.P, content.W, content.S) : null;
        }
        catch (Exception broken) when (broken is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }
}

public static class ViewingRoutes
{
    /// <summary>Below an address for players: nobody else keeps what is there.</summary>
    public static RouteGroupBuilder MapViewings(this IEndpointRouteBuilder app) => app.MapGroup("/v1/viewings/{ticket}").AllowAnonymous()
        .AddEndpointFilter(async (call, next) =>
        {
            call.HttpContext.Response.Headers.CacheControl = "private, no-store";
            return await next(call);
        });
}
