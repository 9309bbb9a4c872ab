using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tests.Meetings;

public sealed class ConnectionTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid First = Guid.NewGuid();
    private static readonly Guid Second = Guid.NewGuid();

    private static Connection None => Connection.None(Guid.NewGuid(), Guid.NewGuid(), ProviderPolicy.Zoom);

    private static Connection After(Connection connection, Decision decision) => Assert.Single(decision.Events) switch
    {
        ProviderConnected e => connection.Apply(e),
        ProviderDisconnected e => connection.Apply(e),
        ProviderConnectionDied e => connection.Apply(e),
        var other => throw new InvalidOperationException($"{other}"),
    };

    [Fact]
    public void The_same_consent_connects_once()
    {
        var live = After(None, None.Connect(First, At));
        Assert.True(live.IsLive());
        Assert.True(live.Connect(First, At).ChangesNothing);
    }

    [Fact]
    public void A_live_one_is_disconnected_before_another_account_is_connected()
    {
        var live = After(None, None.Connect(First, At));
        Assert.Equal("already_connected", live.Connect(Second, At).Refusal?.Code);
        var gone = After(live, live.Disconnect("tutor", At));
        Assert.Equal(Second, After(gone, gone.Connect(Second, At)).Grant);
        // New keys of the same server hold the same meetings.
        Assert.Equal(Second, After(live, live.Connect(Second, At, keepsMeetings: true)).Grant);
    }

    [Fact]
    public void What_is_not_connected_is_not_disconnected()
    {
        Assert.True(None.Disconnect("tutor", At).ChangesNothing);
        var live = After(None, None.Connect(First, At));
        var gone = After(live, live.Disconnect("tutor", At));
        Assert.Equal(ConnectionState.None, gone.State);
        Assert.True(gone.Disconnect("tutor", At).ChangesNothing);
    }

    [Fact]
    public void The_end_of_an_older_consent_says_nothing_about_the_one_that_followed()
    {
        var live = After(None, None.Connect(First, At));
        live = After(live, live.Connect(Second, At, keepsMeetings: true));
        Assert.True(live.Die(First, Connection.ConsentWithdrawn, At).ChangesNothing);
        var dead = After(live, live.Die(Second, Connection.ConsentWithdrawn, At));
        Assert.Equal(ConnectionState.Dead, dead.State);
        Assert.True(dead.Die(Second, Connection.ConsentWithdrawn, At).ChangesNothing);
    }

    [Fact]
    public void A_dead_one_can_be_connected_again_or_forgotten()
    {
        var live = After(None, None.Connect(First, At));
        var dead = After(live, live.Die(First, Connection.ConsentWithdrawn, At));
        Assert.True(After(dead, dead.Connect(Second, At)).IsLive());
        Assert.Equal(ConnectionState.None, After(dead, dead.Disconnect("admin", At)).State);
    }
}
