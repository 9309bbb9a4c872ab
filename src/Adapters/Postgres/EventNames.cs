using System.Text.Json.Nodes;
using Muse.Domain.ApiKeys;
using Muse.Domain.Availability;
using Muse.Domain.Bookings;
using Muse.Domain.Consents;
using Muse.Domain.Guardians;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using Muse.Domain.Matching;
using Muse.Domain.Meetings;
using Muse.Domain.Preflights;
using Muse.Domain.Recordings;
using Muse.Domain.Sandboxes;
using Muse.Domain.StreamKeys;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using Muse.Domain.Webhooks;

namespace Muse.Adapters.Postgres;

/// <summary>
/// The one table of event names and stream names. A name is for ever: the CLR type may be renamed or moved, the name never. Every mapped name
/// has a golden file <c>tests/Adapters.Tests/Golden/NAME.vN.json</c> per version, added, never edited.
/// </summary>
public sealed class EventNames
{
    private readonly Dictionary<string, EventType> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, EventType> _byType = [];
    private readonly Dictionary<Type, string> _streams = [];

    /// <summary>Muse's own names. One section per concept, so that lines are easy to find.</summary>
    public static EventNames Muse { get; } = new EventNames()
        // Server
        .Map<ErrandDied>("errand_died")
        .Map<ErrandReplayed>("errand_replayed")
        .Stream<ErrandRecord>("errand")
        // People
        .Map<TutorRegistered>("tutor_registered", version: 2)
        .Upcast("tutor_registered", 1, WithNull("sandbox"))
        .Map<TutorProfileSet>("tutor_profile_set")
        .Map<StudentRegistered>("student_registered", version: 2)
        .Upcast("student_registered", 1, WithNull("sandbox"))
        .Map<GuardianRegistered>("guardian_registered")
        .Map<ChildAdded>("child_added")
        .Map<ChildMoved>("child_moved")
        .Stream<Tutor>("tutor")
        .Stream<Student>("student")
        .Stream<Guardian>("guardian")

        // Availability and tutors
        .Map<AvailabilitySet>("availability_set")
        .Stream<TutorAvailability>("availability")

        // Bookings
        .Map<BookingRequested>("booking_requested", version: 2)
        .Upcast("booking_requested", 1, WithNull("series"))
        .Map<BookingConfirmed>("booking_confirmed")
        .Map<BookingDeclined>("booking_declined")
        .Map<BookingCancelled>("booking_cancelled")
        .Map<BookingRescheduled>("booking_rescheduled")
        .Map<BookingExpired>("booking_expired")
        .Stream<Booking>("booking")

        // Series
        .Map<SeriesRequested>("series_requested")
        .Map<SeriesConfirmed>("series_confirmed")
        .Map<SeriesDeclined>("series_declined")
        .Map<SeriesCancelled>("series_cancelled")
        .Map<SeriesMoved>("series_moved")
        .Map<SeriesExpired>("series_expired")
        .Stream<Series>("series")

        // Lessons
        .Map<LessonScheduled>("lesson_scheduled")
        .Map<LessonMoved>("lesson_moved")
        .Map<LessonRezoned>("lesson_rezoned")
        .Map<ParticipantJoined>("participant_joined", version: 3)
        .Upcast("participant_joined", 1, WithNull("provider"))
        .Upcast("participant_joined", 2, WithNull("guest"))
        .Map<ParticipantLeft>("participant_left", version: 2)
        .Upcast("participant_left", 1, WithNull("provider"))
        .Map<EveryoneLeft>("everyone_left")
        .Map<LessonStarted>("lesson_started")
        .Map<LessonEnded>("lesson_ended", version: 2)
        .Upcast("lesson_ended", 1, WithNull("by"))
        .Map<LessonQualityReported>("lesson_quality_reported")
        .Map<LessonCancelled>("lesson_cancelled")
        .Stream<Lesson>("lesson")

        // Meetings
        .Map<MeetingArranged>("meeting_arranged", version: 3)
        .Upcast("meeting_arranged", 1, ReasonsOfPassedOver)
        .Upcast("meeting_arranged", 2, WithNull("account"))
        .Map<MeetingMoved>("meeting_moved")
        .Map<MeetingWithdrawn>("meeting_withdrawn", version: 2)
        .Upcast("meeting_withdrawn", 1, WithNull("leftBehind"))
        .Map<MeetingArrangementFailed>("meeting_arrangement_failed", version: 2)
        .Upcast("meeting_arrangement_failed", 1, WithNull("next"))
        .Map<MeetingTroubled>("meeting_troubled")
        .Map<MeetingLost>("meeting_lost")
        .Map<MeetingLeftBehind>("meeting_left_behind")
        .Map<MeetingVerified>("meeting_verified")
        .Map<MeetingTriedAgain>("meeting_tried_again", version: 2)
        .Upcast("meeting_tried_again", 1, WithNull("by"))
        .Map<GuestWaited>("guest_waited")
        .Map<SittingBegan>("meeting_began")
        .Map<SittingOver>("meeting_over")
        .Map<NoProviderAllowed>("no_provider_allowed", version: 2)
        .Upcast("no_provider_allowed", 1, ReasonsOfPassedOver)
        .Map<TutorMeetingPreferencesSet>("tutor_meeting_preferences_set")
        .Stream<Meeting>("meeting")

        // Connections
        .Map<ProviderConnected>("provider_connected")
        .Map<ProviderDisconnected>("provider_disconnected")
        .Map<ProviderConnectionDied>("provider_connection_died")
        .Stream<Connection>("connection")

        // Preflights
        .Map<PreflightDone>("preflight_done")
        .Stream<Preflight>("preflight")

        // Matching
        .Map<MentorRequested>("mentor_requested")
        .Stream<MentorRequest>("mentor_request")

        // Rooms
        .Map<StreamKeyMade>("stream_key_made")
        .Map<StreamKeyRevoked>("stream_key_revoked")
        .Stream<StreamKeyRing>("stream_keys")
        .Map<GuestLinkMade>("guest_link_made")
        .Map<GuestLinkRevoked>("guest_link_revoked")
        .Stream<LessonGuestLinks>("guest_links")

        // Consents and recordings
        .Map<ConsentGiven>("consent_given")
        .Map<ConsentRevoked>("consent_revoked")
        .Stream<PersonConsents>("consent")
        .Map<RecordingFound>("recording_found")
        .Map<RecordingShelved>("recording_shelved")
        .Map<RecordingFetchFailed>("recording_fetch_failed")
        .Map<RecordingDeleted>("recording_deleted")
        .Stream<Recording>("recording")
        .Map<RoomRecordingStarted>("room_recording_started")
        .Map<RoomRecordingPaused>("room_recording_paused")
        .Map<RoomRecordingResumed>("room_recording_resumed")
        .Map<RoomRecordingStopped>("room_recording_stopped")
        .Map<RoomRecordingFinalised>("room_recording_finalised")
        .Map<RoomRecordingShelved>("room_recording_shelved")
        .Map<RoomRecordingDeleted>("room_recording_deleted")
        .Stream<RoomRecording>("room_recording")

        // Marks
        .Map<MarkMade>("mark_made")
        .Map<MarkNoted>("mark_noted")
        .Map<MarkShared>("mark_shared")
        .Map<MarkUnshared>("mark_unshared")
        .Map<MarkRemoved>("mark_removed")
        .Stream<LessonMarks>("marks")

        // API keys
        .Map<ApiKeyMade>("api_key_made")
        .Map<ApiKeyRotated>("api_key_rotated")
        .Map<ApiKeyRevoked>("api_key_revoked")
        .Stream<ApiKeyRing>("api_keys")
        .Map<SandboxFilled>("sandbox_filled")
        .Map<SandboxJoined>("sandbox_joined")
        .Map<SandboxEmptied>("sandbox_emptied")
        .Stream<Sandbox>("sandbox")

        // Webhooks
        .Map<WebhookEndpointMade>("webhook_endpoint_made")
        .Map<WebhookEndpointChanged>("webhook_endpoint_changed")
        .Map<WebhookEndpointSecretRotated>("webhook_endpoint_secret_rotated")
        .Map<WebhookEndpointDisabled>("webhook_endpoint_disabled")
        .Map<WebhookEndpointEnabled>("webhook_endpoint_enabled")
        .Map<WebhookEndpointRemoved>("webhook_endpoint_removed")
        .Stream<WebhookEndpoint>("webhook_endpoint")
        ;

    /// <summary>All names, in the order of the table.</summary>
    public IReadOnlyCollection<EventType> All => _byName.Values;

    /// <param name="name">snake_case, past tense.</param>
    /// <param name="version">Version of the JSON written today; raise it with an <see cref="Upcast"/> when a change is more than a new optional member.</param>
    public EventNames Map<T>(string name, short version = 1) where T : notnull
    {
        var type = new EventType<T>(name, version);
        _byName.Add(name, type);
        _byType.Add(typeof(T), type);
        return this;
    }

    /// <summary>JSON of version <paramref name="from"/> into JSON of the next version.</summary>
    public EventNames Upcast(string name, short from, Func<JsonObject, JsonObject> up)
    {
        Named(name).Upcasters.Add(from, up);
        return this;
    }

    /// <summary>The stream type written to mt_streams.type for streams that fold to T.</summary>
    public EventNames Stream<T>(string name) where T : class
    {
        if (_streams.ContainsValue(name)) throw new ArgumentException($"Stream name '{name}' is taken.", nameof(name));
        _streams.Add(typeof(T), name);
        return this;
    }

    /// <summary>Stops on an unknown name: skipping an event is never right.</summary>
    public EventType Named(string name) => _byName.TryGetValue(name, out var type)
        ? type
        : throw new UnreadableEvent($"No event is mapped to the name '{name}' (EventNames.cs). The database may be of a newer version.");

    public bool Knows(string name) => _byName.ContainsKey(name);

    public EventType Of(Type type) => _byType.TryGetValue(type, out var found)
        ? found
        : throw new InvalidOperationException($"{type} has no event name: add a line to EventNames.cs and a golden file.");

    public string StreamOf(Type type) => _streams.TryGetValue(type, out var name)
        ? name
        : throw new InvalidOperationException($"{type} has no stream name: add a line to EventNames.cs.");

    /// <summary>Version 1 kept only who was passed over; why the others were not tried first is not known any more.</summary>
    private static JsonObject ReasonsOfPassedOver(JsonObject old)
    {
        var reasons = new JsonArray();
        if (old["provider"] is { } chosen)
            reasons.Add(new JsonObject { ["provider"] = chosen.DeepClone(), ["verdict"] = "chosen", ["code"] = "not_recorded" });
        foreach (var passed in old["passedOver"]!.AsArray())
            reasons.Add(new JsonObject { ["provider"] = passed!["provider"]!.DeepClone(), ["verdict"] = "ruled_out", ["code"] = passed["why"]!.DeepClone() });
        old.Remove("passedOver");
        old["reasons"] = reasons;
        return old;
    }

    private static Func<JsonObject, JsonObject> WithNull(string member) => old =>
    {
        old[member] = null;
        return old;
    };
}
