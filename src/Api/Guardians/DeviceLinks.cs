using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Tokens;
using Muse.Domain;
using NodaTime;
using Npgsql;

namespace Muse.Api.Guardians;

/// <param name="Link">Shown once; it works once.</param>
public sealed record NewDeviceLink(Guid Id, string Link, Instant ExpiresAt);

public sealed record DeviceLink(
    Guid Id, Instant CreatedAt, Instant ExpiresAt,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] Instant? UsedAt);

public sealed record DeviceLinkList(IReadOnlyList<DeviceLink> Items);

/// <summary>
/// One-time links that sign a child's tablet in, as that child and with nothing but the role student. The secret stands behind the
/// link's #, so that it reaches no server log; the table has its hash.
/// </summary>
internal static class DeviceLinks
{
    public const int MostPerChild = 10;
    private const string Path = "/v1/guardians/{guardianId:guid}/children/{studentId:guid}/device-links";
    private static readonly TimeSpan WorksFor = TimeSpan.FromHours(24);

    public static void MapDeviceLinks(this IEndpointRouteBuilder app)
    {
        // Not idempotent on purpose: the answer is a secret that we do not keep.
        app.MapPost(Path, Make)
            .Described("createDeviceLink", "Guardians", "Makes a one-time link that signs a child's tablet in", ["too_many_device_links"]);
        app.MapGet(Path, List)
            .Described("listDeviceLinks", "Guardians", "The links that wait to be used or have signed a tablet in");
        app.MapDelete(Path + "/{linkId:guid}", Revoke)
            .Described("deleteDeviceLink", "Guardians", "Revokes a link; the tablet it signed in is signed out at once");
    }

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static async Task<Results<Created<NewDeviceLink>, ProblemHttpResult>> Make(
        Guid guardianId, Guid studentId, Caller caller, HttpContext http, People people, NpgsqlDataSource database, TimeProvider time,
        CancellationToken ct)
    {
        if (!caller.IsGuardianOf(guardianId, studentId) || await people.ByRole(studentId, ct) is not { } child)
            return Problems.NotFound();
        http.Response.Headers.CacheControl = "no-store";
        var now = time.GetUtcNow();
        var secret = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var link = new NewDeviceLink(
            Guid.CreateVersion7(now), $"{http.Request.Scheme}://{http.Request.Host}/device#{secret}",
            Instant.FromDateTimeOffset(now + WorksFor).Cut());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.Write("select 1 from people where person_id = $1 for update", child.PersonId);
        batch.Write("delete from device_links where student_id = $1 and (revoked_at is not null or (used_at is null and expires_at <= $2))", studentId, now);
        batch.Write("""
            insert into device_links (link_id, guardian_id, student_id, person_id, secret_hash, created_at, expires_at)
            select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from device_links where student_id = $3) < $8
            """, link.Id, guardianId, studentId, child.PersonId, Hash(secret), now, link.ExpiresAt, MostPerChild);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select count(*) from device_links where link_id = $1") { Parameters = { Sql.Parameter(link.Id) } });
        if (await LastScalar(batch, ct) == 0)
            return Problems.From(new Refusal("too_many_device_links", $"A child has at most {MostPerChild} links; revoke one first."));
        await transaction.CommitAsync(ct);
        return TypedResults.Created($"/v1/guardians/{guardianId}/children/{studentId}/device-links/{link.Id}", link);
    }

    private static async Task<Results<Ok<DeviceLinkList>, ProblemHttpResult>> List(
        Guid guardianId, Guid studentId, Caller caller, NpgsqlDataSource database, TimeProvider time, CancellationToken ct)
    {
        if (!caller.IsGuardianOf(guardianId, studentId))
            return Problems.NotFound();
        await using var command = database.Command("""
            select link_id, created_at, expires_at, used_at from device_links
            where student_id = $1 and revoked_at is null and (used_at is not null or expires_at > $2) order by link_id
            """, studentId, time.GetUtcNow());
        await using var rows = await command.ExecuteReaderAsync(ct);
        var links = new List<DeviceLink>();
        while (await rows.ReadAsync(ct))
            links.Add(new DeviceLink(rows.GetGuid(0), rows.Instant(1), rows.Instant(2), await rows.IsDBNullAsync(3, ct) ? null : rows.Instant(3)));
        return TypedResults.Ok(new DeviceLinkList(links));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        Guid guardianId, Guid studentId, Guid linkId, Caller caller, NpgsqlDataSource database, RefreshTokens refresh, TimeProvider time,
        CancellationToken ct)
    {
        if (!caller.IsGuardianOf(guardianId, studentId))
            return Problems.NotFound();
        await using var command = database.Command(
            "update device_links set revoked_at = coalesce(revoked_at, $3) where link_id = $1 and student_id = $2", linkId, studentId, time.GetUtcNow());
        if (await command.ExecuteNonQueryAsync(ct) == 0)
            return Problems.NotFound();
        await refresh.EndByDeviceLink(linkId, ct);
        return TypedResults.NoContent();
    }

    private static async Task<long> LastScalar(NpgsqlBatch batch, CancellationToken ct)
    {
        await using var rows = await batch.ExecuteReaderAsync(ct);
        long last = 0;
        do
        {
            while (await rows.ReadAsync(ct))
                last = Convert.ToInt64(rows.GetValue(0), System.Globalization.CultureInfo.InvariantCulture);
        }
        while (await rows.NextResultAsync(ct));
        return last;
    }
}
