using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Forwarding;

/// <summary>Decides which packets of a track's encodings a subscription gets and under which numbers. Pure: sends nothing, asks nobody.</summary>
/// <param name="firstIndex">The index of the first packet; below 2¹⁵, so that losing the first packets cannot make the peer guess the
/// rollover wrong (RFC 3711 §3.3.1).</param>
internal sealed class Forwarder(bool isVideo, int clockRate, long firstIndex)
{
    private const int AudioRuns = 2;
    private const int VideoRuns = 128;

    private readonly SentLog _sent = new(isVideo ? VideoRuns : AudioRuns);
    private long _highestIn;
    private uint _lastTimestamp;
    private long _lastAt;

    /// <summary>What goes through now; null before the first packet.</summary>
    public Encoding? Current { get; private set; }

    /// <summary>What shall go through from its next key frame on; the same as <see cref="Current"/> when nothing is awaited.</summary>
    public Encoding? Wanted { get; private set; }

    public bool Awaits => Wanted is not null && Wanted != Current;

    /// <summary>The highest index given out; one below the first before there is any.</summary>
    public long Newest => _sent.IsEmpty ? firstIndex - 1 : _sent.Current.OutOf(_highestIn);

    /// <summary>Added to the current encoding's timestamps.</summary>
    public uint TimestampOffset => _sent.IsEmpty ? 0 : _sent.Current.TimestampOffset;

    public void Want(Encoding encoding) => Wanted = encoding;

    /// <summary>Takes a packet that came just now.</summary>
    /// <param name="anywhere">Begins at any packet, not only at a key frame.</param>
    /// <returns>False when the subscriber does not get it.</returns>
    public bool Take(Encoding encoding, in CachedPacket packet, long now, bool anywhere, out Run run)
    {
        if (encoding == Wanted && encoding != Current && (anywhere || packet.BeginsKeyFrame))
            Switch(encoding, packet, now);
        if (encoding != Current)
        {
            run = default;
            return false;
        }

        if (packet.Index <= _highestIn)
            return _sent.TryPlace(encoding, packet.Index, out run);
        run = _sent.Current;
        _highestIn = packet.Index;
        _lastTimestamp = packet.Timestamp + run.TimestampOffset;
        _lastAt = now;
        return true;
    }

    /// <summary>The run of a packet that was sent, or was to be, under this index.</summary>
    public bool TryFind(long outIndex, out Run run)
    {
        run = default;
        return outIndex <= Newest && _sent.TryFind(outIndex, out run);
    }

    /// <summary>Goes over at a key frame: the next number, and a time that has passed as long as it really did.</summary>
    private void Switch(Encoding encoding, in CachedPacket packet, long now)
    {
        var timestampOffset = Current is null
            ? 0
            : _lastTimestamp + (uint)(Math.Max(1, now - _lastAt) * clockRate / 1_000) - packet.Timestamp;
        _sent.Begin(new(encoding, packet.Index, Newest + 1, timestampOffset, default, LayerLimit.None));
        Current = encoding;
        // The first packet is still to be taken.
        _highestIn = packet.Index - 1;
    }
}
