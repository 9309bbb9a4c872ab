using Muse.Adapters.Postgres;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using NodaTime;
using Npgsql;

namespace Muse.Api.GuestLinks;

/// <summary>One row of <c>guest_links</c>.</summary>
/// <param name="StreamId">Where its events are.</param>
/// <param name="Guests">How many have come in by it.</param>
public sealed record GuestLinkRow(Guid Id, Guid StreamId, Guid LessonId, Instant MadeAt, int Guests, bool IsRevoked);

/// <summary>The tables <c>guest_links</c> and <c>guest_link_guests</c>, inline: a link works at once, and a revoked one no longer.</summary>
public sealed class GuestLinkRows(NpgsqlDataSource database) : IProjection
{
    private const string Select = """
        select link_id, stream_id, lesson_id, made_at, (select count(*) from guest_link_guests g where g.link_id = l.link_id)::int, revoked_at is not null
          from guest_links l
        """;

    public string Name => "guest_links";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["guest_link_made", "guest_link_revoked", "participant_joined"];

    public IReadOnlyList<string> Tables { get; } = ["guest_links", "guest_link_guests"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case GuestLinkMade made:
                batch.Write("insert into guest_links (link_id, stream_id, lesson_id, secret_hash, made_at) values ($1, $2, $3, $4, $5)",
                    made.LinkId, made.LinksId, made.LessonId, made.SecretHash, made.At);
                break;
            case GuestLinkRevoked revoked:
                batch.Write("update guest_links set revoked_at = $2 where link_id = $1", revoked.LinkId, revoked.At);
                break;
            case ParticipantJoined { Guest: { } guest }:
                batch.Write("insert into guest_link_guests (link_id, guest_id) values ($1, $2) on conflict do nothing", guest.LinkId, guest.GuestId);
                break;
            case ParticipantJoined:
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to guest_links.");
        }
    }

    /// <summary>Revoked ones too: whoever has such a link is told that it is over.</summary>
    public async Task<GuestLinkRow?> BySecret(string secretHash, CancellationToken ct) =>
        await Read(database.Command(Select + " where secret_hash = $1", secretHash), ct) is [var row] ? row : null;

    public async Task<GuestLinkRow?> Find(Guid lessonId, Guid linkId, CancellationToken ct) =>
        await Read(database.Command(Select + " where lesson_id = $1 and link_id = $2", lessonId, linkId), ct) is [var row] ? row : null;

    /// <summary>Those that are not revoked.</summary>
    public Task<IReadOnlyList<GuestLinkRow>> Of(Guid lessonId, CancellationToken ct) => Read(database.Command(
        Select + " where lesson_id = $1 and revoked_at is null order by made_at, link_id limit $2", lessonId, LessonGuestLinks.Most), ct);

    private static async Task<IReadOnlyList<GuestLinkRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            var links = new List<GuestLinkRow>();
            while (await rows.ReadAsync(ct))
                links.Add(new GuestLinkRow(rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.Instant(3), rows.GetInt32(4), rows.GetBoolean(5)));
            return links;
        }
    }
}
