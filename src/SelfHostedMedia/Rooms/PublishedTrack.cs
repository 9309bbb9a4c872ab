using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>A track as it arrives: one encoding, or the layers of a simulcast, and those who get it.</summary>
internal sealed class PublishedTrack : IDisposable
{
    public PublishedTrack(
        Publisher publisher, string mid, TrackInfo info, Codec codec, ExtensionIds extensions, IReadOnlyList<string>? rids = null)
    {
        Publisher = publisher;
        Mid = mid;
        Info = info;
        Codec = codec;
        Extensions = extensions;
        VideoCodec = codec.Name.ToUpperInvariant() switch
        {
            "VP8" => VideoCodec.Vp8,
            "H264" => VideoCodec.H264,
            "VP9" => VideoCodec.Vp9,
            "AV1" => VideoCodec.Av1,
            _ => VideoCodec.None,
        };
        Encodings = rids is { Count: > 0 } ? [.. rids.Select((rid, i) => new Encoding(this, rid, i))] : [new Encoding(this, "", 0)];
    }

    public Publisher Publisher { get; }

    public string Mid { get; }

    public TrackInfo Info { get; }

    public Codec Codec { get; }

    public VideoCodec VideoCodec { get; }

    public ExtensionIds Extensions { get; set; }

    /// <summary>0 when its publisher repairs nothing by RTX.</summary>
    public byte RepairPayloadType { get; set; }

    /// <summary>0 when its publisher sends no redundancy.</summary>
    public byte RedundancyPayloadType { get; set; }

    public bool IsVideo => Info.Kind == TrackKind.Video;

    /// <summary>One, or the layers of a simulcast from small to large: as the offer names them until key frames show their
    /// sizes.</summary>
    public Encoding[] Encodings { get; }

    public KeyFrameRequests KeyFrames { get; } = new();

    public List<Subscription> Subscriptions { get; } = [];

    public AudioLevel Level { get; private set; } = new(127);

    /// <summary>Nobody gets it: its publisher was silenced.</summary>
    public bool IsSilenced => Publisher.Participant.IsSilenced(Info.Kind);

    /// <summary>Nothing of it has come yet.</summary>
    public bool IsSilent
    {
        get
        {
            foreach (var encoding in Encodings)
            {
                if (encoding.Ssrc != 0)
                    return false;
            }

            return true;
        }
    }

    public bool HasSsrc(uint ssrc)
    {
        foreach (var encoding in Encodings)
        {
            if (encoding.Ssrc == ssrc)
                return true;
        }

        return false;
    }

    /// <summary>The names of its layers are these; none for a single encoding.</summary>
    public bool HasLayers(IReadOnlyList<string> rids) => rids.Count < 2
        ? Encodings.Length == 1
        : rids.Count == Encodings.Length && Encodings.All(encoding => rids.Contains(encoding.Rid));

    /// <summary>Brings the layers into the order of their pictures' height: the standard has the preferred one first, Chromium's pages mostly
    /// the smallest, OBS the largest.</summary>
    public void Sort()
    {
        for (var i = 1; i < Encodings.Length; i++)
        {
            for (var at = i; at > 0 && Encodings[at].Height != 0 && Encodings[at].Height < Encodings[at - 1].Height; at--)
                (Encodings[at - 1], Encodings[at]) = (Encodings[at], Encodings[at - 1]);
        }

        for (var i = 0; i < Encodings.Length; i++)
            Encodings[i].Position = i;
    }

    /// <returns>Null when no layer has that name.</returns>
    public Encoding? Layer(ReadOnlySpan<byte> rid)
    {
        foreach (var encoding in Encodings)
        {
            if (System.Text.Ascii.Equals(rid, encoding.Rid))
                return encoding;
        }

        return null;
    }

    public void Heard(AudioLevel level)
    {
        Level = level;
        // What a shared screen plays is nobody speaking.
        if (Info.Source == TrackSource.Microphone && !IsSilenced)
            Publisher.Participant.Room.Heard(Publisher.Participant, level);
    }

    /// <summary>Somebody cannot go on without a key frame of this encoding.</summary>
    /// <param name="isStanding">A picture that was there stands still.</param>
    public void WantKeyFrame(Encoding encoding, bool isStanding = false)
    {
        encoding.WantsKeyFrame = true;
        KeyFrames.Want(isStanding);
    }

    /// <summary>A key frame begins.</summary>
    public void KeyFrameArrived(Encoding encoding)
    {
        encoding.WantsKeyFrame = false;
        foreach (var other in Encodings)
        {
            if (other.WantsKeyFrame && other.HeardAt >= 0 && encoding.HeardAt - other.HeardAt <= Encoding.EndedAfter)
                return;
        }

        KeyFrames.Arrived();
    }

    public void Dispose()
    {
        foreach (var encoding in Encodings)
            encoding.Dispose();
    }
}
