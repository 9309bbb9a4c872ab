using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One stream of a track as it arrives: the whole track, or one simulcast layer of it. Its packets of the last second, its losses,
/// and those who get it.</summary>
internal sealed class Encoding : IDisposable
{
    /// <summary>Packets held at most: a second of 15 Mbit/s, and of sound in packets of 5 ms.</summary>
    private const int VideoCapacity = 2_048;
    private const int AudioCapacity = 256;

    /// <summary>ms of silence, while other layers go on, after which a layer counts as ended.</summary>
    public const long EndedAfter = 500;

    private uint _keyFrameTimestamp;

    public Encoding(PublishedTrack track, string rid, int position)
    {
        Track = track;
        Rid = rid;
        Position = position;
        Cache = new(track.IsVideo ? VideoCapacity : AudioCapacity);
        Reception = new(track.Codec.ClockRate);
        Layers = new(track.VideoCodec);
        Missing = new(track.IsVideo ? RepairPatience.Video : RepairPatience.Audio);
    }

    public PublishedTrack Track { get; }

    /// <summary>The layer's name in the offer (RFC 8851); empty when the track has one encoding alone.</summary>
    public string Rid { get; }

    /// <summary>Its place in <see cref="PublishedTrack.Encodings"/>.</summary>
    public int Position { get; set; }

    /// <summary>Lines of its picture as of the newest key frame; 0 while not known.</summary>
    public int Height { get; set; }

    /// <summary>0 until its first packet.</summary>
    public uint Ssrc { get; set; }

    /// <summary>0 while no retransmission stream of it is known.</summary>
    public uint RepairSsrc { get; set; }

    public PacketCache Cache { get; }

    /// <summary>Which indices were taken into the cache and forwarded.</summary>
    public IndexWindow Forwarded { get; } = new();

    public ReceptionStatistics Reception { get; }

    public MissingPackets Missing { get; }

    /// <summary>Holes that were filled from a later packet's redundancy.</summary>
    public long FilledFromRedundancy { get; set; }

    public EncodingTally Tally { get; } = new();

    public SenderReport? LastReport { get; set; }

    public ByteRate Rate { get; } = new();

    public LayerReader Layers { get; }

    /// <summary>The first packet of the newest key frame; −1 before there is one.</summary>
    public long KeyFrameIndex { get; private set; } = -1;

    /// <summary>When that came, in the media thread's milliseconds.</summary>
    public long KeyFrameAt { get; private set; }

    /// <summary>Notes where a decoder can start.</summary>
    public void KeyFrameBegins(in CachedPacket packet, long now)
    {
        // Parameter sets and each slice begin one picture; out of order, the lowest is its first.
        if (KeyFrameIndex >= 0 && Cache.Holds(KeyFrameIndex) && Cache.Slot(KeyFrameIndex).Timestamp == packet.Timestamp)
            KeyFrameIndex = Math.Min(KeyFrameIndex, packet.Index);
        else
            (KeyFrameIndex, KeyFrameAt) = (packet.Index, now);
        _keyFrameTimestamp = packet.Timestamp;
    }

    /// <summary>Belongs to the last key frame that began, first packet or not.</summary>
    public bool IsOfKeyFrame(in CachedPacket packet) => KeyFrameIndex >= 0 && packet.Timestamp == _keyFrameTimestamp;

    /// <summary>Where a subscriber begins that wants this key frame: at its first packet.</summary>
    /// <param name="index">A packet that begins a key frame.</param>
    /// <returns>−1 when the first one is still missing, as far as can be told.</returns>
    public long StartOfKeyFrame(long index)
    {
        if (Track.VideoCodec != VideoCodec.H264)
            return index;
        // An IDR slice is of no use without the parameter sets before it.
        var timestamp = Cache.Slot(index).Timestamp;
        while (Cache.Holds(index - 1) && Cache.Slot(index - 1).Timestamp == timestamp)
            index--;
        var payload = Cache.Payload(index)[..Cache.Slot(index).PayloadLength];
        return Cache.Holds(index - 1) || KeyFrames.HasParameterSet(payload) ? index : -1;
    }

    /// <summary>When its last packet with media came, in the media thread's milliseconds; −1 before the first.</summary>
    public long HeardAt { get; set; } = -1;

    /// <summary>Somebody waits for a key frame of it.</summary>
    public bool WantsKeyFrame { get; set; }

    /// <summary>Those to whom its packets matter: they get it, or wait for its next key frame.</summary>
    public List<Subscription> Listeners { get; } = [];

    /// <summary>The recorder's ear; null while nobody records.</summary>
    public Recording.RecordedStream? Recorded { get; set; }

    /// <summary>Accepted, and on its way out at the end of the receive batch.</summary>
    public Burst Burst { get; } = new();

    public void Accepted(long index)
    {
        if (Burst.IsFull)
            Forward();
        if (Burst.Count == 0)
            Track.Publisher.Thread.ForwardLater(this);
        Burst.Add(Cache, index);
    }

    /// <summary>A packet may be opened in its slot of the cache, before anybody knows whether it is authentic: a packet that is not leaves the
    /// slot as it was, and nothing need make way for it.</summary>
    public bool IsWayClear(long index) => Cache.HasRoom(index, Track.Publisher.Thread.Now) && !Burst.IsInTheWay(Cache, index);

    /// <summary>Before a packet is written into the cache: no slot is given to another before its packet has been forwarded, nor, while the
    /// cache may grow, within a second.</summary>
    public void MakeWay(long index)
    {
        if (Burst.IsInTheWay(Cache, index))
            Forward();
        Cache.MakeRoom(index, Track.Publisher.Thread.Now);
    }

    /// <summary>One listener after the other gets the whole burst.</summary>
    public void Forward()
    {
        try
        {
            if (Recorded is not null)
                Record(Recorded);
            for (var listener = 0; listener < Listeners.Count; listener++)
            {
                var before = Listeners.Count;
                // Three steps, each of which finds what the one before it has fetched.
                if (listener + 3 < before)
                    Wire.CacheLines.PrefetchObject(Listeners[listener + 3], 4);
                if (listener + 2 < before)
                    Listeners[listener + 2].PrefetchParts();
                if (listener + 1 < before)
                    Listeners[listener + 1].Prefetch();
                Listeners[listener].Forward(this);
                // Only going over to this encoding may happen here, which takes nobody off its list.
                System.Diagnostics.Debug.Assert(Listeners.Count == before);
            }
        }
        finally
        {
            Burst.Clear();
        }
    }

    /// <summary>Whatever goes wrong there, those who listen get theirs.</summary>
    private void Record(Recording.RecordedStream recorded)
    {
        try
        {
            recorded.Take(this, Burst);
        }
        catch (Exception fault)
        {
            Recorded = null;
            Track.Publisher.Participant.Room.Recorder?.Fail(fault);
        }
    }

    public void Dispose()
    {
        Burst.Clear();
        Cache.Dispose();
    }
}
