using System.Text;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Whose packets are whose: the SSRCs one publisher sends under, and which encoding each of them is or repairs. Bounded; the caller
/// asks only for packets that have proved authentic.</summary>
internal sealed class ReceivedSources
{
    /// <summary>SSRCs one publisher may use at a time; more are dropped.</summary>
    public const int Seats = 16;

    /// <summary>SSRCs that have left their seats and are remembered.</summary>
    public const int MostGone = 1_024;

    private readonly List<ReceivedSource> _sources = [];

    // SSRC → the newest index heard of it. Without that a recorded packet of it could be sent once more as the first of a new source.
    private readonly Dictionary<uint, long> _gone = [];

    /// <summary>SSRC → mid as the offer's a=ssrc lines say; trusted only for packets that are authentic.</summary>
    public Dictionary<uint, string> Offered { get; } = [];

    /// <summary>SSRC of a repair stream → SSRC it repairs, as the offer's FID groups say.</summary>
    public Dictionary<uint, uint> OfferedRepairs { get; } = [];

    /// <summary>One is free, or can be made so: a browser takes new SSRCs whenever an m-line comes to life again, for as long as the lesson
    /// lasts.</summary>
    public bool HasSeat => _sources.Count < Seats || (_gone.Count < MostGone && LongestUnbound() is not null);

    public void Add(ReceivedSource source)
    {
        _gone.Remove(source.Ssrc);
        _sources.Add(source);
    }

    /// <summary>Before <see cref="Add"/>, where <see cref="HasSeat"/>: when all are taken, the source without a track that has been unheard
    /// for longest leaves its own.</summary>
    /// <returns>The SSRC that left, or null.</returns>
    public uint? MakeSeat()
    {
        if (_sources.Count < Seats || LongestUnbound() is not { } leaving)
            return null;
        _sources.Remove(leaving);
        _gone[leaving.Ssrc] = leaving.Seen.Newest;
        return leaving.Ssrc;
    }

    /// <summary>What is still known of an SSRC that has left its seat.</summary>
    /// <param name="newest">Its newest index: nothing up to there may be taken again.</param>
    public bool TryRecall(uint ssrc, out long newest) => _gone.TryGetValue(ssrc, out newest);

    /// <summary>The SSRC stays known with its rollovers: the m-line may come to life again under it.</summary>
    public void Unbind(PublishedTrack track)
    {
        foreach (var source in _sources)
        {
            if (source.Encoding?.Track == track)
                source.Encoding = null;
        }
    }

    public ReceivedSource? Find(uint ssrc)
    {
        foreach (var source in _sources)
        {
            if (source.Ssrc == ssrc)
                return source;
        }

        return null;
    }

    /// <summary>The encoding that an unknown SSRC repairs, or null when it is no repair stream. Told by the offer's FID groups, or by the
    /// repaired stream's name and the m-line; a repair may be the first that is ever heard of an encoding.</summary>
    public Encoding? RepairedBy(List<PublishedTrack> tracks, ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        Encoding? only = null;
        var matches = 0;
        Offered.TryGetValue(header.Ssrc, out var offeredMid);
        var isGrouped = OfferedRepairs.TryGetValue(header.Ssrc, out var original);
        foreach (var track in tracks)
        {
            if (track.RepairPayloadType == 0 || track.RepairPayloadType != header.PayloadType)
                continue;
            var hasMid = HeaderExtensions.TryFind(packet, header, track.Extensions.Mid, out var mid);
            if (hasMid ? !Ascii.Equals(mid, track.Mid) : offeredMid is not null && offeredMid != track.Mid)
                continue;
            foreach (var encoding in track.Encodings)
            {
                if (encoding.RepairSsrc != 0 || (isGrouped && encoding.Ssrc != 0 && encoding.Ssrc != original))
                    continue;
                if (track.Encodings.Length > 1
                    && (!HeaderExtensions.TryFind(packet, header, track.Extensions.RepairedStreamId, out var rid) || track.Layer(rid) != encoding))
                    continue;
                only = encoding;
                matches++;
            }
        }

        return matches == 1 ? only : null;
    }

    /// <summary>By the MID extension and the layer's name, by the offer's a=ssrc, or because only one track has that payload type. An
    /// encoding has one SSRC: a second one (a restarted encoder) is not taken before the first is renegotiated.</summary>
    public Encoding? EncodingOf(List<PublishedTrack> tracks, ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        Encoding? byPayloadType = null;
        var matches = 0;
        Offered.TryGetValue(header.Ssrc, out var offeredMid);
        foreach (var track in tracks)
        {
            if (track.Codec.PayloadType != header.PayloadType
                && (track.RedundancyPayloadType == 0 || track.RedundancyPayloadType != header.PayloadType))
                continue;
            var encoding = track.Encodings[0];
            if (track.Encodings.Length > 1)
            {
                // Without its layer's name a packet may be of any: the name comes with the first ones, again and again until it is known.
                if (!HeaderExtensions.TryFind(packet, header, track.Extensions.StreamId, out var rid) || track.Layer(rid) is not { } layer)
                    continue;
                encoding = layer;
            }

            if (encoding.Ssrc != 0)
                continue;
            if (HeaderExtensions.TryFind(packet, header, track.Extensions.Mid, out var mid))
            {
                if (Ascii.Equals(mid, track.Mid))
                    return encoding;
                continue;
            }

            if (offeredMid == track.Mid)
                return encoding;
            byPayloadType = encoding;
            matches++;
        }

        return matches == 1 ? byPayloadType : null;
    }

    private ReceivedSource? LongestUnbound()
    {
        ReceivedSource? longest = null;
        foreach (var source in _sources)
        {
            if (source.Encoding is null && (longest is null || source.HeardAt < longest.HeardAt))
                longest = source;
        }

        return longest;
    }
}
