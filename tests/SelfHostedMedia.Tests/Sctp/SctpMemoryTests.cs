using System.Diagnostics;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Sctp;

/// <summary>By what the C library has given out; nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(SctpMemoryTests), DisableParallelization = true)]
[Collection(nameof(SctpMemoryTests))]
public class SctpMemoryTests(ITestOutputHelper output)
{
    [Fact]
    public void A_thousand_associations_opened_and_closed_leave_nothing_behind()
    {
        Assert.SkipUnless(SctpStack.TryAcquire(Usrsctp.Library), "libusrsctp2 is not installed.");
        var held = new List<long>();
        for (var hundreds = 0; hundreds < 11; hundreds++)
        {
            Open(100);
            Assert.Equal(0, SctpStack.Count);
            held.Add(NativeHeap.InUse);
        }

        output.WriteLine(string.Join(' ', held.Select(bytes => bytes / 1_024)) + " KiB");
        // What most hundreds add: the runtime's own compiler takes some now and then.
        var added = held.Zip(held.Skip(1), (before, after) => after - before).Order().ToList();
        Assert.InRange(added[added.Count / 2], long.MinValue, 100 * 1_024);
        // Nobody else uses it now: the library is asked whether it has endpoints left, and says no.
        Assert.True(SctpStack.Release());
        Assert.True(SctpStack.TryAcquire(Usrsctp.Library));
        Open(1);
        Assert.True(SctpStack.Release());
    }

    private static void Open(int pairs)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < pairs; i += 10)
        {
            var all = new List<SctpPeer>();
            for (var pair = 0; pair < Math.Min(10, pairs); pair++)
            {
                var other = new SctpPeer();
                var one = new SctpPeer(other.Address);
                SctpPeer.Pump(one, other, () => one.Association.IsUp && other.Association.IsUp);
                one.Association.Send(0, DataPayload.Binary, new byte[500], isUnordered: true, retransmissions: 0);
                if (i % 20 == 0)
                    SctpPeer.Pump(one, other, () => other.Messages.Count == 1);
                all.AddRange([one, other]);
            }

            all.ForEach(peer => peer.Dispose());
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(5));
        }
    }
}
