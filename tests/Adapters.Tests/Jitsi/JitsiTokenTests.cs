using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

public class JitsiTokenTests
{
    private const string Room = "abcdefghijklmnopqrstuvwxyz234567";

    [Fact]
    public async Task A_server_of_ones_own_gets_a_token_signed_with_the_shared_secret()
    {
        var server = GivenJitsi.SelfHosted("Meet.Example.Org");
        var jwt = JitsiToken.For(server, Room, GivenJitsi.Tutor, GivenJitsi.Order());

        var result = await Validate(jwt, new SymmetricSecurityKey(Encoding.UTF8.GetBytes(GivenJitsi.Secret)), "HS256", "muse");
        Assert.True(result.IsValid, result.Exception?.Message);
        var claims = GivenJitsi.Segment(jwt, 1);
        Assert.Equal("meet.example.org", claims.GetProperty("sub").GetString());
        Assert.Equal(Room, claims.GetProperty("room").GetString());
        Assert.False(GivenJitsi.Segment(jwt, 0).TryGetProperty("kid", out _));
    }

    [Fact]
    public async Task JaaS_gets_a_token_signed_with_the_private_key_and_told_by_its_id()
    {
        var jwt = JitsiToken.For(GivenJitsi.Jaas, Room, GivenJitsi.Tutor, GivenJitsi.Order());

        var result = await Validate(jwt, new RsaSecurityKey(GivenJitsi.Key.ExportParameters(false)), "RS256", "chat");
        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal("vpaas-magic-cookie-1/4f4910", GivenJitsi.Segment(jwt, 0).GetProperty("kid").GetString());
        Assert.Equal("vpaas-magic-cookie-1", GivenJitsi.Segment(jwt, 1).GetProperty("sub").GetString());
    }

    [Fact]
    public void A_server_with_tenants_gets_the_tenant_in_lower_case_as_its_subject()
    {
        var jwt = JitsiToken.For(GivenJitsi.SelfHosted(tenant: "Academy"), Room, GivenJitsi.Tutor, GivenJitsi.Order());

        Assert.Equal("academy", GivenJitsi.Segment(jwt, 1).GetProperty("sub").GetString());
    }

    [Fact]
    public void The_tutor_moderates_and_nobody_else_does()
    {
        var tutor = User(GivenJitsi.Tutor);
        var child = User(GivenJitsi.Child);

        Assert.Equal(("true", "owner"), (tutor.GetProperty("moderator").GetString(), tutor.GetProperty("affiliation").GetString()));
        Assert.Equal(("false", "member"), (child.GetProperty("moderator").GetString(), child.GetProperty("affiliation").GetString()));
    }

    [Fact]
    public void Everything_about_a_person_is_a_string_and_there_is_no_address()
    {
        foreach (var guest in new[] { GivenJitsi.Tutor, GivenJitsi.Child })
        {
            var user = User(guest);
            Assert.All(user.EnumerateObject(), member => Assert.Equal(JsonValueKind.String, member.Value.ValueKind));
            Assert.False(user.TryGetProperty("email", out _));
            Assert.Equal(guest.PersonId.ToString(), user.GetProperty("id").GetString());
            Assert.Equal(guest.DisplayName, user.GetProperty("name").GetString());
            Assert.DoesNotContain("example.org", user.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void It_is_good_from_when_the_door_opens_until_it_closes_whenever_it_is_made()
    {
        var claims = GivenJitsi.Segment(JitsiToken.For(GivenJitsi.Jaas, Room, GivenJitsi.Child, GivenJitsi.Order()), 1);

        Assert.Equal((GivenJitsi.Start - Duration.FromMinutes(11)).ToUnixTimeSeconds(), claims.GetProperty("nbf").GetInt64());
        Assert.Equal((GivenJitsi.Start + Duration.FromMinutes(45 + 16)).ToUnixTimeSeconds(), claims.GetProperty("exp").GetInt64());
    }

    [Fact]
    public void Nobody_can_record_stream_or_call_out_with_it()
    {
        var features = GivenJitsi.Segment(JitsiToken.For(GivenJitsi.Jaas, Room, GivenJitsi.Tutor, GivenJitsi.Order()), 1)
            .GetProperty("context").GetProperty("features");

        foreach (var feature in new[] { "recording", "livestreaming", "transcription", "outbound-call", "sip-outbound-call", "inbound-call", "sip-inbound-call" })
            Assert.False(features.GetProperty(feature).GetBoolean(), feature);
    }

    private static JsonElement User(MeetingGuest guest) =>
        GivenJitsi.Segment(JitsiToken.For(GivenJitsi.Jaas, Room, guest, GivenJitsi.Order()), 1).GetProperty("context").GetProperty("user");

    private static Task<TokenValidationResult> Validate(string jwt, SecurityKey key, string algorithm, string issuer) =>
        new JsonWebTokenHandler().ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [algorithm],
            ValidIssuer = issuer,
            ValidAudience = "jitsi",
            ValidateLifetime = false,
        });
}
