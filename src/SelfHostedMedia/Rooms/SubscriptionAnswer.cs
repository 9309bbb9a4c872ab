using Muse.SelfHostedMedia.Rooms.Timing;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Gives each recvonly m-line the track it asks for, under the subscriber's own payload type and extension numbers.</summary>
internal static class SubscriptionAnswer
{
    /// <summary>Chromium asks for lost sound when the answer allows it, though its offer does not mention it.</summary>
    private const string AudioNack = "nack";
    private static readonly string[] AudioFeedback = ["transport-cc"];
    private static readonly string[] VideoFeedback = ["transport-cc", "ccm fir", "nack", "nack pli"];

    public static string Apply(Subscriber subscriber, SessionDescription offer, IReadOnlyDictionary<string, Guid> tracks)
    {
        var room = subscriber.Participant.Room;
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var answers = new List<AnswerSection>();
        var data = room.Thread.HasDataChannels ? offer.Sections.Find(section => section.IsDataChannel && !section.IsRejected) : null;
        foreach (var section in offer.Sections)
        {
            if (section == data)
            {
                answers.Add(new(section, MediaDirection.Inactive, null, "", [], []) { MaxMessage = TimingMessage.MaxMessage });
                continue;
            }

            var answer = tracks.TryGetValue(section.Mid, out var trackId) && IsReceiving(section) && room.FindTrack(trackId) is { } track
                ? Answer(subscriber, section, track)
                : null;
            if (answer is not null)
                wanted.Add(section.Mid);
            answers.Add(answer ?? new(section, MediaDirection.Inactive, null, "", [], []));
        }

        if (data is not null)
            subscriber.TakeData();
        subscriber.KeepOnly(wanted);
        return AnswerWriter.Write(room.TransportOf(subscriber), answers);
    }

    private static bool IsReceiving(MediaSection section) =>
        section.IsMedia && !section.IsRejected && section.Direction is MediaDirection.ReceiveOnly or MediaDirection.SendReceive;

    private static AnswerSection? Answer(Subscriber subscriber, MediaSection section, PublishedTrack track)
    {
        if (section.Kind != (track.IsVideo ? "video" : "audio") || CodecChoice.ForSubscriber(section, track.Codec) is not { } codec)
            return null;
        var audioLevel = track.IsVideo ? (byte)0 : section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.AudioLevel));
        var mine = new ExtensionIds(0, audioLevel, 0);
        var transport = codec.Feedback.Contains("transport-cc") ? section.TransportSequenceId : (byte)0;
        var forwarded = track.Extensions.ForwardedAudioLevel(mine);
        var repair = CodecChoice.RepairOf(section, codec);
        var redundancy = track.IsVideo ? null : CodecChoice.RedundancyOf(section, codec);
        var subscription = subscriber.Subscribe(section.Mid, track, new(
            codec.PayloadType, forwarded, transport, repair?.PayloadType ?? 0, redundancy?.PayloadType ?? 0));
        var participant = track.Info.ParticipantId.ToString();
        return new(
            section,
            MediaDirection.SendOnly,
            codec,
            track.IsVideo ? codec.Parameters : AudioParameters(subscriber.Participant.Room.Profile),
            track.IsVideo
                ? [.. VideoFeedback.Where(codec.Feedback.Contains)]
                : [AudioNack, .. AudioFeedback.Where(codec.Feedback.Contains)],
            [.. new[] { forwarded, transport }.Where(id => id != 0)],
            new(subscription.Ssrc, subscription.CanonicalName, participant, track.Info.Id.ToString(), subscription.Repair?.Ssrc ?? 0))
        {
            Repair = repair,
            Redundancy = redundancy,
        };
    }

    private static string AudioParameters(RoomProfile profile) =>
        profile.Stereo ? "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1" : "minptime=10;useinbandfec=1";
}
