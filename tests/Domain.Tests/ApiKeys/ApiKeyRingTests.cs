using Muse.Domain.ApiKeys;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Tests.ApiKeys;

public class ApiKeyRingTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid Ring = Guid.Parse("00000000-0000-5000-8000-000000000001");
    private static readonly Guid Owner = Guid.Parse("00000000-0000-7000-8000-000000000002");
    private static readonly Guid Key = Guid.Parse("00000000-0000-7000-8000-000000000003");
    private static readonly SealedText Name = new(Owner, "sealed");

    private static ApiKeyRing Fold(ApiKeyRing ring, Decision decision) => decision.Events.Aggregate(ring, (state, e) => e switch
    {
        ApiKeyMade made => state.Keys.IsEmpty ? ApiKeyRing.Create(made) : state.Apply(made),
        ApiKeyRevoked revoked => state.Apply(revoked),
        ApiKeyRotated => state,
        _ => throw new InvalidOperationException(e.GetType().Name),
    });

    private static Decision Make(ApiKeyRing ring, Guid id, Instant? expiresAt = null) =>
        ring.Make(id, Name, [ApiScope.BookingsRead], false, "AB", expiresAt, Now);

    private static ApiKeyRing In(string state)
    {
        var none = ApiKeyRing.None(Ring, Owner);
        var made = Fold(none, Make(none, Key, state == "expired" ? Now + Duration.FromHours(1) : null));
        return state switch
        {
            "none" => none,
            "rotated" => Fold(made, made.Rotate(Key, "CD", Now)),
            "revoked" => Fold(made, made.Revoke(Key, Owner, Now)),
            _ => made,
        };
    }

    [Theory]
    [InlineData("none", "rotate", "not_found")]
    [InlineData("none", "revoke", "nothing")]
    [InlineData("none", "revoke all", "nothing")]
    [InlineData("live", "rotate", nameof(ApiKeyRotated))]
    [InlineData("live", "revoke", nameof(ApiKeyRevoked))]
    [InlineData("live", "revoke all", nameof(ApiKeyRevoked))]
    [InlineData("rotated", "rotate", nameof(ApiKeyRotated))]
    [InlineData("rotated", "revoke", nameof(ApiKeyRevoked))]
    [InlineData("rotated", "revoke all", nameof(ApiKeyRevoked))]
    [InlineData("expired", "rotate", "key_expired")]
    [InlineData("expired", "revoke", nameof(ApiKeyRevoked))]
    [InlineData("expired", "revoke all", nameof(ApiKeyRevoked))]
    [InlineData("revoked", "rotate", "not_found")]
    [InlineData("revoked", "revoke", "nothing")]
    [InlineData("revoked", "revoke all", "nothing")]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(string state, string command, string expected)
    {
        var now = state == "expired" ? Now + Duration.FromHours(2) : Now;
        var decision = command switch
        {
            "rotate" => In(state).Rotate(Key, "EF", now),
            "revoke" => In(state).Revoke(Key, Owner, now),
            _ => In(state).RevokeAll(Owner, now),
        };
        Assert.Equal(expected, decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void The_fifty_first_live_key_is_refused_and_a_revoked_or_expired_one_makes_room()
    {
        var ring = ApiKeyRing.None(Ring, Owner);
        var ids = Enumerable.Range(0, ApiKeyRing.Most).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var id in ids)
            ring = Fold(ring, Make(ring, id, id == ids[1] ? Now + Duration.FromHours(1) : null));

        Assert.Equal("too_many_api_keys", Make(ring, Guid.NewGuid()).Refusal?.Code);
        Assert.False(Make(Fold(ring, ring.Revoke(ids[0], Owner, Now)), Guid.NewGuid()).IsRefused);
        Assert.False(ring.Make(Guid.NewGuid(), Name, [ApiScope.BookingsRead], false, "AB", null, Now + Duration.FromHours(2)).IsRefused);
    }

    [Fact]
    public void A_key_is_for_known_scopes_each_once_and_ends_in_the_future()
    {
        var ring = ApiKeyRing.None(Ring, Owner);

        Assert.Equal("no_scope", ring.Make(Key, Name, [], false, "AB", null, Now).Refusal?.Code);
        Assert.Equal("unknown_scope", ring.Make(Key, Name, ["bookings:read", "admin"], false, "AB", null, Now).Refusal?.Code);
        Assert.Equal("out_of_range", Make(ring, Key, Now).Refusal?.Code);
        Assert.Equal("out_of_range", Make(ring, Key, Now + ApiKeyRing.LongestLife + Duration.FromSeconds(1)).Refusal?.Code);
        var made = (ApiKeyMade)ring.Make(Key, Name, ["bookings:read", "people:read", "bookings:read"], false, "AB", null, Now).Events.Single();
        Assert.Equal(["people:read", "bookings:read"], made.Scopes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\nb")]
    public void A_name_says_something_on_one_line(string name) => Assert.Equal("wrong_name", ApiKeyRing.WrongName(name)?.Code);

    [Fact]
    public void A_rotated_keys_old_secret_works_for_a_day() =>
        Assert.Equal(Now + Duration.FromHours(24), ((ApiKeyRotated)In("live").Rotate(Key, "CD", Now).Events.Single()).OldUntil);
}
