using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What a publishing offer asks for, decided before anything changes.</summary>
internal sealed record Publication(SessionDescription Offer, IReadOnlyList<(MediaSection Section, Codec? Codec)> Sections)
{
    /// <summary>Simulcast layers that are taken of one track; further ones are not answered and so not sent.</summary>
    private const int MaxLayers = 3;

    /// <summary>Chromium repeats lost sound when the answer asks for it, though its offer does not mention it.</summary>
    private const string AudioNack = "nack";
    private static readonly string[] AudioFeedback = ["transport-cc"];
    private static readonly string[] VideoFeedback = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"];

    /// <param name="codecs">Of pictures, by preference.</param>
    /// <param name="present">The tracks of the connection that offers again: they keep their codecs.</param>
    /// <param name="viewers">Video m-lines of the others in the room.</param>
    /// <returns>The plan, or <c>too_many_tracks</c>, <c>invalid_offer</c> when an m-line has no codec we forward.</returns>
    public static Outcome<Publication> Plan(
        SessionDescription offer, MediaOptions options, IReadOnlyList<string> codecs, IReadOnlyList<PublishedTrack> present, IReadOnlyList<MediaSection> viewers)
    {
        var sections = new List<(MediaSection, Codec?)>();
        var tracks = 0;
        foreach (var section in offer.Sections)
        {
            Codec? codec = null;
            if (IsSending(section))
            {
                codec = Kept(section, present) ?? CodecChoice.ForPublisher(section, codecs, viewers);
                if (codec is null)
                    return new MediaRefusal("invalid_offer", $"The offer is refused: m-line {section.Mid} has no codec that is forwarded here.");
                tracks++;
            }

            sections.Add((section, codec));
        }

        return tracks > options.MaxTracksPerParticipant
            ? new MediaRefusal("too_many_tracks", $"At most {options.MaxTracksPerParticipant} tracks may be published.")
            : new Publication(offer, sections);
    }

    /// <summary>Publishes what is new, unpublishes what is gone, and writes the answer.</summary>
    public static string Apply(Publisher publisher, Publication plan, IReadOnlyDictionary<string, TrackSource>? sources)
    {
        var room = publisher.Participant.Room;
        foreach (var track in publisher.Tracks.ToArray())
        {
            if (!plan.Sections.Any(each => Continues(track, each.Section, each.Codec)))
                publisher.Participant.Unpublish(track);
        }

        publisher.Sources.Offered.Clear();
        publisher.Sources.OfferedRepairs.Clear();
        var answers = new List<AnswerSection>();
        foreach (var (section, codec) in plan.Sections)
        {
            if (codec is null)
            {
                answers.Add(new(section, MediaDirection.Inactive, null, "", [], []));
                continue;
            }

            var ids = Ids(section);
            publisher.Arrivals.ExtensionId = ids.TransportSequence;
            var isNew = publisher.Tracks.Find(track => track.Mid == section.Mid) is not { };
            if (isNew)
                Publish(publisher, section, codec, ids, sources);
            var track = publisher.Tracks.Find(track => track.Mid == section.Mid)!;
            track.Extensions = ids;
            foreach (var ssrc in section.Ssrcs)
                publisher.Sources.Offered[ssrc] = section.Mid;
            foreach (var (repairing, repaired) in section.RepairSources)
                publisher.Sources.OfferedRepairs[repairing] = repaired;
            var repair = CodecChoice.RepairOf(section, codec);
            var redundancy = section.Kind == "audio" ? CodecChoice.RedundancyOf(section, codec) : null;
            // Decided once for a track: another packet length in its midst would be heard.
            if (isNew ? !room.Profile.WantsRedundancy(publisher.Participant.RoundTrip) : track.RedundancyPayloadType == 0)
                redundancy = null;
            track.RepairPayloadType = repair?.PayloadType ?? 0;
            track.RedundancyPayloadType = redundancy?.PayloadType ?? 0;
            answers.Add(new(
                section,
                MediaDirection.ReceiveOnly,
                codec,
                section.Kind == "audio" ? AudioParameters(room.Profile, redundancy is not null) : VideoParameters(codec, room.Profile),
                section.Kind == "audio"
                    ? [AudioNack, .. AudioFeedback.Where(codec.Feedback.Contains)]
                    : [.. VideoFeedback.Where(codec.Feedback.Contains)],
                [.. ids.All])
            {
                Repair = repair,
                Redundancy = redundancy,
                Layers = Layers(section, ids),
            });
        }

        return AnswerWriter.Write(room.TransportOf(publisher), answers, plan.Offer.MixesExtensionForms);
    }

    /// <summary>Another codec in the midst of a track would be another track.</summary>
    private static Codec? Kept(MediaSection section, IReadOnlyList<PublishedTrack> present)
    {
        foreach (var track in present)
        {
            if (track.Mid == section.Mid)
                return section.Codecs.Find(codec => codec.PayloadType == track.Codec.PayloadType && codec.Name == track.Codec.Name);
        }

        return null;
    }

    private static bool IsSending(MediaSection section) =>
        section.IsMedia && !section.IsRejected && section.Direction is MediaDirection.SendOnly or MediaDirection.SendReceive;

    /// <summary>Same m-line, same codec, same source: otherwise it is another track, with sequence numbers of its own.</summary>
    private static bool Continues(PublishedTrack track, MediaSection section, Codec? codec) =>
        section.Mid == track.Mid && track.HasLayers(Layers(section, Ids(section))) && codec?.Name == track.Codec.Name && codec.PayloadType == track.Codec.PayloadType
        && (track.IsSilent || section.Ssrcs.Count == 0 || section.Ssrcs.Exists(track.HasSsrc));

    private static void Publish(
        Publisher publisher, MediaSection section, Codec codec, ExtensionIds ids, IReadOnlyDictionary<string, TrackSource>? sources)
    {
        var kind = section.Kind == "audio" ? TrackKind.Audio : TrackKind.Video;
        if (sources is null || !sources.TryGetValue(section.Mid, out var source))
            source = kind == TrackKind.Audio ? TrackSource.Microphone : TrackSource.Camera;
        var info = new TrackInfo(Guid.CreateVersion7(publisher.Thread.Time), publisher.Participant.Id, kind, source, codec.Name);
        var track = new PublishedTrack(publisher, section.Mid, info, codec, ids, Layers(section, ids));
        publisher.Tracks.Add(track);
        publisher.Participant.Room.Add(track);
    }

    private static ExtensionIds Ids(MediaSection section) => new(
        section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.Mid)),
        section.Kind == "audio" ? section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.AudioLevel)) : (byte)0,
        section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.AbsoluteSendTime)),
        section.TransportSequenceId)
    {
        // Also of a single picture, which never uses them: Chromium offers a later line no extension that its first answer left out, and then fails at
        // its own offer when that line has layers.
        StreamId = section.Kind == "video" ? section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.StreamId)) : (byte)0,
        RepairedStreamId = section.Kind == "video" ? section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.RepairedStreamId)) : (byte)0,
        DependencyDescriptor = section.Kind == "video"
            ? section.ExtensionId(HeaderExtensions.Uri(HeaderExtension.DependencyDescriptor))
            : (byte)0,
    };

    /// <summary>None without the header extension that names them: packets could not be told apart.</summary>
    private static IReadOnlyList<string> Layers(MediaSection section, ExtensionIds ids) =>
        section.Kind == "video" && section.Layers.Count > 1 && ids.StreamId != 0 ? [.. section.Layers.Take(MaxLayers)] : [];

    /// <summary>RFC 7587 §6.1: these say what we would like to receive.</summary>
    private static string AudioParameters(RoomProfile profile, bool withRedundancy) => profile.Stereo
        ? $"minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate={profile.AudioBitrate};usedtx=0"
            + (withRedundancy && profile.Redundancy == PublishedRedundancy.OnLongWays ? ";ptime=10;maxptime=10" : "")
        : $"minptime=10;useinbandfec=1;maxaveragebitrate={profile.AudioBitrate};usedtx=1";

    /// <summary>Chromium begins at 300 kbit/s and 360 lines and takes up to 24 s to climb; its own start-bitrate parameter (kbit/s) lets it
    /// begin where the room's profile ends. Other browsers ignore it.</summary>
    private static string VideoParameters(Codec codec, RoomProfile profile)
    {
        var start = $"x-google-start-bitrate={profile.MaxVideoBitrate / 1_000}";
        return codec.Parameters.Length == 0 ? start : $"{codec.Parameters};{start}";
    }
}
