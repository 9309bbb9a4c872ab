using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One stream of a track as it arrives: the whole track, or one simulcast layer of it. Its packets of the last second, its losses,
/// and those who get it.</summary>
internal sealed class Encoding : IDisposable
{
    /// <summary>Packets held at most: a second of 15 Mbit/s, and of sound in packets of 5 ms.</summary>
    private const int VideoCapacity = 2_048;
    private const int AudioCapacity = 256;

    public Encoding(PublishedTrack track, string rid, int position)
    {
        Track = track;
        Rid = rid;
        Position = position;
        Cache = new(track.IsVideo ? VideoCapacity : AudioCapacity);
        Reception = new(track.Codec.ClockRate);
    }

    public PublishedTrack Track { get; }

    /// <summary>The layer's name in the offer (RFC 8851); empty when the track has one encoding alone.</summary>
    public string Rid { get; }

    /// <summary>Its place in the offer's list, which <see cref="PublishedTrack.Encodings"/> keeps.</summary>
    public int Position { get; }

    /// <summary>0 until its first packet.</summary>
    public uint Ssrc { get; set; }

    /// <summary>0 while no retransmission stream of it is known.</summary>
    public uint RepairSsrc { get; set; }

    public PacketCache Cache { get; }

    /// <summary>Which indices were taken into the cache and forwarded.</summary>
    public IndexWindow Forwarded { get; } = new();

    public ReceptionStatistics Reception { get; }

    public MissingPackets Missing { get; } = new();

    public SenderReport? LastReport { get; set; }

    public ByteRate Rate { get; } = new();

    /// <summary>When its last packet with media came, in the media thread's milliseconds; −1 before the first.</summary>
    public long HeardAt { get; set; } = -1;

    /// <summary>Somebody waits for a key frame of it.</summary>
    public bool WantsKeyFrame { get; set; }

    /// <summary>Those to whom its packets matter: they get it, or wait for its next key frame.</summary>
    public List<Subscription> Listeners { get; } = [];

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
            for (var listener = 0; listener < Listeners.Count; listener++)
            {
                var subscription = Listeners[listener];
                for (var i = 0; i < Burst.Count; i++)
                {
                    var index = Burst.Index(i);
                    ref var packet = ref Cache.Slot(index);
                    subscription.Forward(this, packet, Cache.Payload(index)[..packet.PayloadLength]);
                }
            }
        }
        finally
        {
            Burst.Clear();
        }
    }

    public void Dispose()
    {
        Burst.Clear();
        Cache.Dispose();
    }
}
