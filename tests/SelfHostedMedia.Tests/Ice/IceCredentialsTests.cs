using System.Text;
using Muse.SelfHostedMedia.Ice;

namespace Muse.SelfHostedMedia.Tests.Ice;

public class IceCredentialsTests
{
    [Fact]
    public void A_check_finds_its_connection_by_our_part_of_the_user_name()
    {
        var credentials = IceCredentials.Create();
        Assert.True(IceCredentials.TryReadKey(Encoding.ASCII.GetBytes(credentials.UserFragment + ":theirs"), out var key));
        Assert.Equal(credentials.Key, key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdefgh")]
    [InlineData("abcdefg:h")]
    [InlineData("abcdefghi:j")]
    public void A_user_name_of_another_shape_finds_nothing(string user) =>
        Assert.False(IceCredentials.TryReadKey(Encoding.ASCII.GetBytes(user), out _));

    [Fact]
    public void Two_connections_never_share_credentials()
    {
        var many = Enumerable.Range(0, 1_000).Select(_ => IceCredentials.Create()).ToList();
        Assert.Equal(1_000, many.Select(each => each.UserFragment).Distinct().Count());
        Assert.Equal(1_000, many.Select(each => each.Password).Distinct().Count());
        Assert.All(many, each => Assert.Equal(24, each.Password.Length));
    }
}
