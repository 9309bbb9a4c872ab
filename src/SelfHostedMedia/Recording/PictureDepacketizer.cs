namespace Muse.SelfHostedMedia.Recording;

internal enum Picture
{
    /// <summary>Not all of it, or not decodable.</summary>
    Broken,

    /// <summary>Nothing to be seen: parameter sets alone.</summary>
    Empty,
    Delta,
    Key,
}

/// <summary>Pictures refer to the ones before: after a loss nothing is worth keeping until the next key frame. A picture is what has one timestamp;
/// it ends at the marker, or where the next one begins.</summary>
internal abstract class PictureDepacketizer(ISampleSink sink) : Depacketizer(Rate, sink)
{
    public const int Rate = 90_000;

    /// <summary>Bytes of a picture. A key frame of 4K at best quality has about one MiB.</summary>
    public const int MaxPicture = 4 * 1_024 * 1_024;

    /// <summary>NAL units or OBUs of a picture.</summary>
    public const int MaxUnits = 1_024;

    private bool _isOpen;
    private bool _isBroken;
    private bool _isAfterHole;
    private uint _timestamp;
    private long _time;
    private long _newest = long.MinValue;
    private long _step = Rate / 30;
    private long _arrival;

    /// <summary>Nothing is recorded until a key frame comes: worth asking for one.</summary>
    public bool NeedsKeyFrame { get; private set; } = true;

    protected SampleBuffer Buffer { get; } = new(MaxPicture);

    protected int Units { get; set; }

    protected override long Nominal => _step;

    /// <summary>The payload is surely the first of a key picture, whatever was lost before it.</summary>
    protected abstract bool BeginsKeyPicture(ReadOnlySpan<byte> payload);

    /// <summary>Before the first payload of a picture.</summary>
    protected abstract void Begin();

    /// <returns>False when it is malformed or beyond the limits.</returns>
    protected abstract bool Add(ReadOnlySpan<byte> payload);

    protected abstract Picture End();

    /// <summary>Forgets what earlier pictures told about later ones.</summary>
    protected abstract void Forget();

    protected sealed override void Take(in HeldPacket packet, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return;
        if (_isOpen && packet.Timestamp != _timestamp)
            Close();
        if (!_isOpen)
            Open(packet, payload);
        _isAfterHole = false;
        _arrival = packet.Arrival;
        if (!_isBroken && !(Add(payload) && Units <= MaxUnits))
        {
            Malformed++;
            _isBroken = true;
        }

        if (packet.Marker)
            Close();
    }

    protected sealed override void Hole()
    {
        _isBroken = true;
        _isAfterHole = true;
        NeedsKeyFrame = true;
    }

    protected sealed override void Break()
    {
        _isBroken = true;
        if (_isOpen)
            Close();
        _isAfterHole = false;
        NeedsKeyFrame = true;
        Forget();
    }

    private void Open(in HeldPacket packet, ReadOnlySpan<byte> payload)
    {
        _isOpen = true;
        _timestamp = packet.Timestamp;
        var isInLine = Follow(packet, out _time);
        _isBroken = !isInLine || (_isAfterHole && !BeginsKeyPicture(payload));
        Buffer.Clear();
        Units = 0;
        Begin();
    }

    private void Close()
    {
        _isOpen = false;
        var picture = _isBroken ? Picture.Broken : End();
        if (picture == Picture.Empty)
            return;
        if (picture == Picture.Broken || (NeedsKeyFrame && picture != Picture.Key))
        {
            Miss(_time, 1, HasSample ? picture == Picture.Broken ? LossCause.Malformed : LossCause.Packets : LossCause.Beginning);
            NeedsKeyFrame = true;
            return;
        }

        if (_newest != long.MinValue && !NeedsKeyFrame && _time - _newest <= Rate)
            _step = _time - _newest;
        NeedsKeyFrame = false;
        _newest = _time;
        Give(new(_time, 0, picture == Picture.Key, _arrival), Buffer.Bytes, _time + _step);
    }
}
