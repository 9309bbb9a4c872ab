using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Forwarding;

/// <summary>Decides which packets of a track's encodings a subscription gets and under which numbers: it goes over to another encoding at
/// a key frame, and leaves out the higher layers of a scalable stream. Pure: sends nothing, asks nobody.</summary>
/// <param name="firstIndex">The index of the first packet; below 2¹⁵, so that losing the first packets cannot make the peer guess the
/// rollover wrong (RFC 3711 §3.3.1).</param>
internal sealed class Forwarder(bool isVideo, int clockRate, long firstIndex)
{
    private const int AudioRuns = 2;
    private const int VideoRuns = 128;

    /// <summary>A stream that never marks where one may switch up to more pictures is taken at its word for the base layer's pictures then.</summary>
    private const long MaxWaitForSwitchUp = 1_000;

    private readonly SentLog _sent = new(isVideo ? VideoRuns : AudioRuns);
    private LayerLimit _limit = LayerLimit.None;

    /// <summary>What went out below this index cannot be had again: its track is gone.</summary>
    private long _oldest;
    private LayerLimit _wantedLimit = LayerLimit.None;
    private long _switchUpSince = -1;
    private long _highestIn;

    /// <summary>The publisher's, of the newest packet: forwarded or left out.</summary>
    private uint _timestampIn;

    /// <summary>Of the newest packet that was forwarded, as it went out.</summary>
    private uint _lastTimestamp;
    private ushort _lastPictureId;
    private byte _lastBaseLayerIndex;
    private byte _lastKeyIndex;
    private long _lastAt;

    /// <summary>What goes through now; null before the first packet and while paused.</summary>
    public Encoding? Current { get; private set; }

    /// <summary>What shall go through from its next key frame on; the same as <see cref="Current"/> when nothing is awaited.</summary>
    public Encoding? Wanted { get; private set; }

    public bool Awaits => Wanted is not null && Wanted != Current;

    /// <summary>More spatial layers are wanted than can be added before a key frame.</summary>
    public bool AwaitsSpatialLayer => Current is not null && _wantedLimit.Spatial > _limit.Spatial && Current.Layers.SpatialLayers > _limit.Spatial + 1;

    /// <summary>The layers that go through of a scalable stream.</summary>
    public LayerLimit Limit => _limit;

    /// <summary>The highest index given out; one below the first before there is any.</summary>
    public long Newest => _sent.IsEmpty ? firstIndex - 1 : _sent.Current.OutOf(_highestIn);

    /// <summary>Added to the current encoding's timestamps.</summary>
    public uint TimestampOffset => _sent.IsEmpty ? 0 : _sent.Current.TimestampOffset;

    /// <inheritdoc cref="Subscription.Prefetch"/>
    public void Prefetch() => _sent.Prefetch();

    /// <summary>Lets nothing through until the wanted encoding's next key frame, which takes the next number.</summary>
    public void Hold() => Current = null;

    /// <summary>The track is gone with all that was kept of it; another one goes on behind the highest number.</summary>
    public void Forget()
    {
        Current = Wanted = null;
        _oldest = Newest + 1;
    }

    /// <summary>What goes out now, and its timestamps, are the encoding's; so they would be before there was any.</summary>
    public bool IsNumberedBy(Encoding encoding) => _sent.IsEmpty || _sent.Current.Encoding == encoding;

    /// <param name="encoding">Null pauses.</param>
    /// <param name="limit">Of a scalable stream.</param>
    public void Want(Encoding? encoding, LayerLimit limit)
    {
        Wanted = encoding;
        _wantedLimit = limit;
        if (encoding is null)
            Current = null;
    }

    /// <summary>Goes over to the wanted encoding. Its packets from here on are to be taken next, in their order.</summary>
    /// <param name="first">The first packet of a key frame.</param>
    /// <param name="at">When it came.</param>
    public void Begin(Encoding encoding, in CachedPacket first, long at)
    {
        var timestampOffset = 0u;
        var pictures = default(PictureOffset);
        if (!_sent.IsEmpty)
        {
            var passed = (uint)(Math.Max(1, at - _lastAt) * clockRate / 1_000);
            timestampOffset = _lastTimestamp + passed - first.Timestamp;
            pictures = new(
                (ushort)((_lastPictureId + 1 - first.PictureId) & 0x7FFF),
                (byte)(_lastBaseLayerIndex + 1 - first.BaseLayerIndex),
                (byte)((_lastKeyIndex + 1 - first.KeyIndex) & 0x1F));
        }

        _limit = _wantedLimit;
        _switchUpSince = -1;
        _sent.Begin(new(encoding, first.Index, Newest + 1, timestampOffset, pictures, _limit));
        Current = Wanted = encoding;
        _highestIn = first.Index - 1;
        _timestampIn = first.Timestamp - 1;
    }

    /// <summary>Takes a packet of the current encoding, new or late.</summary>
    /// <returns>False when the subscriber does not get it.</returns>
    public bool Take(Encoding encoding, in CachedPacket packet, long now, out Run run)
    {
        run = default;
        if (encoding != Current)
            return false;
        if (packet.Index <= _highestIn)
            return _sent.TryPlace(encoding, packet.Index, out run);
        var isNewPicture = packet.Timestamp != _timestampIn;
        _timestampIn = packet.Timestamp;
        if (isNewPicture && !packet.IsPadding)
            Adjust(packet, now);
        if (_limit.Excludes(packet))
        {
            LeaveOut(packet, isNewPicture);
            return false;
        }

        run = _sent.Current;
        _highestIn = packet.Index;
        _lastTimestamp = packet.Timestamp + run.TimestampOffset;
        _lastAt = now;
        if (packet.HasPictureId)
        {
            _lastPictureId = (ushort)((packet.PictureId + run.Pictures.PictureId) & 0x7FFF);
            _lastBaseLayerIndex = (byte)(packet.BaseLayerIndex + run.Pictures.BaseLayerIndex);
            _lastKeyIndex = (byte)((packet.KeyIndex + run.Pictures.KeyIndex) & 0x1F);
        }

        return true;
    }

    /// <summary>The run of a packet that was sent, or was to be, under this index.</summary>
    public bool TryFind(long outIndex, out Run run)
    {
        run = default;
        return outIndex >= _oldest && outIndex <= Newest && _sent.TryFind(outIndex, out run);
    }

    /// <summary>Layers change between two pictures: fewer at once, more temporal ones where the stream allows it, more spatial ones at a key
    /// frame.</summary>
    private void Adjust(in CachedPacket packet, long now)
    {
        var temporal = _wantedLimit.Temporal;
        if (temporal > _limit.Temporal && !packet.BeginsKeyFrame)
        {
            if (_switchUpSince < 0)
                _switchUpSince = now;
            if (packet.Temporal <= _limit.Temporal && packet.SwitchUpTo > _limit.Temporal)
                temporal = Math.Min(temporal, packet.SwitchUpTo);
            else if (packet.IsLayerSync && packet.Temporal == _limit.Temporal + 1)
                temporal = packet.Temporal;
            else if (packet.Temporal > 0 || now - _switchUpSince < MaxWaitForSwitchUp)
                temporal = _limit.Temporal;
        }

        var spatial = packet.BeginsKeyFrame ? _wantedLimit.Spatial : Math.Min(_wantedLimit.Spatial, _limit.Spatial);
        var limit = new LayerLimit(spatial, temporal);
        if (temporal == _wantedLimit.Temporal)
            _switchUpSince = -1;
        if (limit == _limit)
            return;
        _limit = limit;
        Continue(packet.Index, _sent.Current.OutOf(packet.Index), _sent.Current.Pictures);
    }

    /// <summary>The next packet gets this one's number; what is still missing before it keeps its place. A picture left out whole leaves no
    /// gap in VP8's numbers either: a receiver would wait for it.</summary>
    private void LeaveOut(in CachedPacket packet, bool isNewPicture)
    {
        var pictures = _sent.Current.Pictures;
        if (isNewPicture && packet.HasPictureId)
            pictures = pictures with { PictureId = (ushort)((pictures.PictureId - 1) & 0x7FFF) };
        Continue(packet.Index + 1, _sent.Current.OutOf(packet.Index), pictures);
        _highestIn = packet.Index;
    }

    private void Continue(long firstIn, long firstOut, PictureOffset pictures) =>
        _sent.Begin(_sent.Current with { FirstIn = firstIn, FirstOut = firstOut, Pictures = pictures, Layers = _limit });
}
