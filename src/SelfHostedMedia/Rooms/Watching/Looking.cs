namespace Muse.SelfHostedMedia.Rooms.Watching;

/// <summary>Writes down what there is, on the media thread, between two batches.</summary>
internal static class Looking
{
    public static RoomLook At(Room room, IEnumerable<Participant> participants, int listeners, int mostListeners)
    {
        var looked = new List<ParticipantLook>();
        foreach (var participant in participants)
        {
            if (participant.Role == ParticipantRole.Listener && mostListeners-- <= 0)
                continue;
            looked.Add(At(participant));
        }

        return new(room.Id, room.Thread.Now, room.Profile.Name, looked, listeners, room.Delays.Read());
    }

    private static ParticipantLook At(Participant participant)
    {
        var (publisher, subscriber) = participant.Connections;
        var roundTrip = participant.RoundTrip;
        return new(
            participant.Id, participant.Session, participant.Role, roundTrip < 0 ? null : roundTrip,
            publisher is null ? null : At(publisher), subscriber is null ? null : At(subscriber),
            publisher is null ? [] : [.. publisher.Tracks.Select(At)],
            subscriber is null ? [] : [.. subscriber.Subscriptions.Select(At)],
            subscriber?.Timing?.Look);
    }

    private static ConnectionLook At(Connection connection) => new(
        connection.State,
        connection.Paths.HasPath ? connection.Paths.Remote.IsTcp : null,
        connection.IceRestarts,
        connection.SinceOffer(connection.CheckedAt), connection.SinceOffer(connection.HandshakeAt), connection.SinceOffer(connection.KeysAt));

    private static TrackLook At(PublishedTrack track) => new(
        track.Info.Id, track.Info.Kind, track.Info.Source, track.Info.Codec, track.IsSilenced,
        [.. track.Encodings.Where(encoding => encoding.Ssrc != 0).Select(At)], track.Subscriptions.Count);

    private static EncodingLook At(Encoding encoding) => new(
        encoding.Rid, encoding.Height, encoding.Tally.Packets, encoding.Tally.Bytes, encoding.Reception.Lost,
        encoding.Tally.Repaired + encoding.FilledFromRedundancy, encoding.Reception.JitterMilliseconds,
        encoding.Tally.Nacks, encoding.Tally.KeyFrameRequests);

    private static SubscriptionLook At(Subscription subscription)
    {
        var tally = subscription.Tally;
        var clockRate = subscription.ClockRate;
        return new(
            subscription.TrackId, subscription.IsVideo ? TrackKind.Video : TrackKind.Audio, subscription.Picture,
            subscription.Current?.Rid, subscription.Current?.Height ?? 0, subscription.Limit.Spatial, subscription.Limit.Temporal,
            subscription.Packets, subscription.Bytes, tally.IsReported ? tally.Lost : null, tally.Jitter * 1_000.0 / clockRate,
            tally.Nacks, tally.Resent, tally.KeyFrameRequests, subscription.Switches,
            tally.FirstAt < 0 ? null : (int)Math.Clamp(tally.FirstAt - subscription.BegunAt, 0, int.MaxValue));
    }
}
