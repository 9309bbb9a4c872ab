using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>A track as it arrives: its packets of the last seconds, its losses, and those who get it.</summary>
internal sealed class PublishedTrack : IDisposable
{
    /// <summary>About two seconds of 720p, and of 20 ms audio.</summary>
    private const int VideoCapacity = 512;
    private const int AudioCapacity = 128;

    public PublishedTrack(Publisher publisher, string mid, TrackInfo info, Codec codec, ExtensionIds extensions)
    {
        Publisher = publisher;
        Mid = mid;
        Info = info;
        Codec = codec;
        Extensions = extensions;
        Cache = new(info.Kind == TrackKind.Video ? VideoCapacity : AudioCapacity);
        Reception = new(codec.ClockRate);
        VideoCodec = codec.Name.ToUpperInvariant() switch
        {
            "VP8" => VideoCodec.Vp8,
            "H264" => VideoCodec.H264,
            "VP9" => VideoCodec.Vp9,
            "AV1" => VideoCodec.Av1,
            _ => VideoCodec.None,
        };
    }

    public Publisher Publisher { get; }

    public string Mid { get; }

    public TrackInfo Info { get; }

    public Codec Codec { get; }

    public VideoCodec VideoCodec { get; }

    public ExtensionIds Extensions { get; set; }

    public bool IsVideo => Info.Kind == TrackKind.Video;

    public PacketCache Cache { get; }

    public IndexWindow Forwarded { get; } = new();

    public ReceptionStatistics Reception { get; }

    public MissingPackets Missing { get; } = new();

    public KeyFrameRequests KeyFrames { get; } = new();

    public List<Subscription> Subscriptions { get; } = [];

    /// <summary>0 until its first packet.</summary>
    public uint Ssrc { get; set; }

    public SenderReport? LastReport { get; set; }

    public AudioLevel Level { get; set; } = new(127);

    /// <summary>Accepted, and on its way out at the end of the receive batch.</summary>
    public Burst Burst { get; } = new();

    public void Accepted(PacketCache cache, long index)
    {
        if (Burst.IsFull)
            Forward();
        if (Burst.Count == 0)
            Publisher.Thread.ForwardLater(this);
        Burst.Add(cache, index);
    }

    /// <summary>Before a packet is written into the cache: no slot is given to another before its packet has been forwarded.</summary>
    public void MakeWay(PacketCache cache, long index)
    {
        if (Burst.IsInTheWay(cache, index))
            Forward();
    }

    /// <summary>One subscriber after the other gets the whole burst.</summary>
    public void Forward()
    {
        try
        {
            foreach (var subscription in Subscriptions)
            {
                for (var i = 0; i < Burst.Count; i++)
                {
                    var (cache, index) = (Burst.Cache(i), Burst.Index(i));
                    ref var packet = ref cache.Slot(index);
                    subscription.Forward(packet, cache.Payload(index)[..packet.PayloadLength]);
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
