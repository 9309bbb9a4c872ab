using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What became of a new track for a viewer who cannot be asked for another offer (<see cref="Participant.Follow"/>).</summary>
public enum Followed
{
    /// <summary>An m-line whose track had gone carries it now.</summary>
    Taken,

    /// <summary>Nothing is free for it, or the viewer has left.</summary>
    NotNeeded,

    /// <summary>An m-line of its kind is free, but was answered with another codec.</summary>
    OtherCodec,
}

/// <summary>A WHEP player offers once. When a publisher is gone and comes anew, its new tracks go on in the m-lines of the old ones.</summary>
internal static class Following
{
    public static Followed Follow(Subscriber subscriber, SessionDescription offer, PublishedTrack track)
    {
        var result = Followed.NotNeeded;
        foreach (var subscription in subscriber.Subscriptions)
        {
            if (subscription.Track == track)
                return Followed.NotNeeded;
            if (subscription.Track is not null || subscription.IsVideo != track.IsVideo)
                continue;
            result = Followed.OtherCodec;
            var section = offer.Sections.Find(each => each.Mid == subscription.Mid);
            // The payload type stands for the codec and its parameters as they were answered.
            if (section is null || CodecChoice.ForSubscriber(section, track.Codec)?.PayloadType != subscription.PayloadType)
                continue;
            subscription.Attach(track);
            return Followed.Taken;
        }

        return result;
    }
}
