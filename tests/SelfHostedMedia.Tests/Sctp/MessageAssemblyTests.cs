using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Sctp;

public class MessageAssemblyTests
{
    [Fact]
    public void Parts_become_one_message_at_its_end()
    {
        var assembly = new MessageAssembly(8);
        Assert.False(assembly.Add([1, 2], false, out _));
        Assert.False(assembly.Add([3], false, out _));
        Assert.True(assembly.Add([4], true, out var message));
        Assert.Equal([1, 2, 3, 4], message.ToArray());
        Assert.True(assembly.Add([5], true, out message));
        Assert.Equal([5], message.ToArray());
    }

    [Fact]
    public void A_message_beyond_the_bound_is_swallowed_to_its_end_and_counted_once()
    {
        var assembly = new MessageAssembly(4);
        Assert.False(assembly.Add([1, 2, 3], false, out _));
        Assert.False(assembly.Add([4, 5], false, out _));
        Assert.False(assembly.Add([6], false, out _));
        Assert.False(assembly.Add([7], true, out _));
        Assert.Equal(1, assembly.TooLong);
        Assert.True(assembly.Add([1, 2, 3, 4], true, out var message));
        Assert.Equal([1, 2, 3, 4], message.ToArray());
    }

    [Fact]
    public void A_message_whose_rest_does_not_come_is_forgotten()
    {
        var assembly = new MessageAssembly(4);
        assembly.Add([1, 2], false, out _);
        assembly.Forget();
        Assert.True(assembly.Add([3], true, out var message));
        Assert.Equal([3], message.ToArray());
    }
}
