namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Makes a 16-bit sequence number a 48-bit index: the one nearest to the newest known (RFC 3711 §3.3.1, appendix A).</summary>
internal static class SequenceUnwrap
{
    /// <returns>The index, or −1 when it would lie before the first rollover.</returns>
    public static long Unwrap(ushort sequence, long newest)
    {
        if (newest < 0)
            return sequence;
        var difference = (short)(sequence - (ushort)newest);
        var index = newest + difference;
        return index < 0 ? -1 : index;
    }
}
