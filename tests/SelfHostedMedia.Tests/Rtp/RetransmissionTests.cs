using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class RetransmissionTests
{
    [Fact]
    public void The_original_sequence_number_stands_before_the_payload()
    {
        var target = new byte[16];
        Assert.Equal(5, Retransmission.Wrap(target, 0xABCD, [1, 2, 3]));
        Assert.Equal([0xAB, 0xCD, 1, 2, 3], target[..5]);
        Assert.True(Retransmission.TryUnwrap(target.AsSpan(0, 5), out var sequence, out var original));
        Assert.Equal(0xABCD, sequence);
        Assert.Equal([1, 2, 3], original.ToArray());
    }

    [Fact]
    public void A_probe_repairs_nothing()
    {
        Assert.False(Retransmission.TryUnwrap([], out _, out _));
        Assert.False(Retransmission.TryUnwrap([1], out _, out _));
        Assert.False(Retransmission.TryUnwrap([1, 2], out _, out _));
    }

    [Fact]
    public void Mutated_payloads_unwrap_to_what_follows_the_number()
    {
        foreach (var input in Fuzzing.Inputs([0xAB, 0xCD, 0x90, 0x80, 1, 2, 3]))
        {
            if (Retransmission.TryUnwrap(input, out var sequence, out var original))
            {
                Assert.Equal((input[0] << 8) | input[1], sequence);
                Assert.Equal(input.Length - 2, original.Length);
            }
            else
            {
                Assert.True(input.Length <= 2);
            }
        }
    }
}
