using Muse.Adapters.Postgres;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.People;
using Muse.Domain.Recordings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>
/// The table <c>lesson_timeline</c>, inline: one row per change of the booking, the lesson and its meeting. A confirmed booking's move or
/// cancellation is told by the lesson's own event, not twice.
/// </summary>
public sealed class TimelineRows : IProjection
{
    public string Name => "lesson_timeline";

    public int Version => 3;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "booking_requested", "booking_confirmed", "booking_rescheduled",
        "lesson_scheduled", "lesson_moved", "lesson_rezoned", "lesson_started", "lesson_ended", "lesson_quality_reported", "lesson_cancelled", "participant_joined",
        "participant_left", "everyone_left",
        "meeting_arranged", "meeting_moved", "meeting_withdrawn", "meeting_arrangement_failed", "meeting_lost", "meeting_left_behind", "meeting_tried_again",
        "guest_waited", "meeting_began", "meeting_over", "no_provider_allowed",
        "recording_shelved", "recording_fetch_failed", "recording_deleted",
        "room_recording_started", "room_recording_paused", "room_recording_resumed", "room_recording_stopped", "room_recording_finalised",
        "room_recording_deleted",
    ];

    public IReadOnlyList<string> Tables { get; } = ["lesson_timeline"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case BookingRequested r:
                Row(batch, e, r.BookingId, null, r.At, r.By, null, null, r.Time.Start);
                break;
            case BookingConfirmed c:
                Row(batch, e, c.BookingId, null, c.At, c.By);
                break;
            case BookingRescheduled { ExpiresAt: not null } r:
                Row(batch, e, r.BookingId, null, r.At, r.By, null, r.From.Start, r.To.Start, r.Why);
                break;
            case BookingRescheduled:
                break;
            case LessonScheduled s:
                Row(batch, e, null, s.LessonId, s.At, s.By, null, null, s.Time.Start);
                break;
            case LessonMoved m:
                Row(batch, e, null, m.LessonId, m.At, m.By, null, m.From.Start, m.To.Start, m.Why);
                break;
            case LessonRezoned r:
                Row(batch, e, null, r.LessonId, r.At, Who.Clock, $"{r.To.Zone}: {r.From.TimeZoneDatabase} → {r.To.TimeZoneDatabase}",
                    r.From.Start, r.To.Start);
                break;
            case LessonStarted s:
                Row(batch, e, null, s.LessonId, s.At, null);
                break;
            case LessonEnded x:
                Row(batch, e, null, x.LessonId, x.At, x.By ?? Who.Clock);
                break;
            case LessonQualityReported q:
                Row(batch, e, null, q.LessonId, q.At, null, q.InWords());
                break;
            case LessonCancelled c:
                Row(batch, e, null, c.LessonId, c.At, c.By, words: c.Why);
                break;
            case ParticipantJoined j:
                Row(batch, e, null, j.LessonId, j.At, j.Who, j.Provider);
                break;
            case ParticipantLeft l:
                Row(batch, e, null, l.LessonId, l.At, l.Who, l.Provider);
                break;
            case EveryoneLeft o:
                Row(batch, e, null, o.LessonId, o.At, null, o.Provider);
                break;
            case MeetingArranged a:
                Row(batch, e, null, a.LessonId, a.At, null, a.Provider, null, a.Start);
                break;
            case MeetingMoved m:
                Row(batch, e, null, m.LessonId, m.At, null, m.Provider, null, m.Start);
                break;
            case MeetingWithdrawn w:
                Row(batch, e, null, w.LessonId, w.At, null, w.LeftBehind is null ? w.Provider : $"{w.Provider}: {w.LeftBehind}");
                break;
            case MeetingArrangementFailed f:
                Row(batch, e, null, f.LessonId, f.At, null, $"{f.Provider}: {f.Code}");
                break;
            case MeetingLost l:
                Row(batch, e, null, l.LessonId, l.At, null, $"{l.Provider}: {l.Code}");
                break;
            // What the server tries by itself shows in what comes of it.
            case MeetingTriedAgain { By: null }:
                break;
            case MeetingTriedAgain t:
                Row(batch, e, null, t.LessonId, t.At, t.By);
                break;
            case MeetingLeftBehind b:
                Row(batch, e, null, b.LessonId, b.At, null, $"{b.Provider}: {b.Code}");
                break;
            case GuestWaited g:
                Row(batch, e, null, g.LessonId, g.At, g.Who, g.Provider);
                break;
            case SittingBegan b:
                Row(batch, e, null, b.LessonId, b.At, null, b.Provider);
                break;
            case SittingOver o:
                Row(batch, e, null, o.LessonId, o.At, null, o.Provider);
                break;
            case RecordingShelved r:
                Row(batch, e, null, r.LessonId, r.At, null);
                break;
            case RecordingFetchFailed f:
                Row(batch, e, null, f.LessonId, f.At, null, f.Code);
                break;
            case RecordingDeleted d:
                Row(batch, e, null, d.LessonId, d.At, d.By, EventJson.Word(d.Because));
                break;
            case RoomRecordingStarted r:
                Row(batch, e, null, r.LessonId, r.At, null);
                break;
            case RoomRecordingPaused p:
                Row(batch, e, null, p.LessonId, p.At, p.Why[0].Who, EventJson.Word(p.Why[0].Because));
                break;
            case RoomRecordingResumed r:
                Row(batch, e, null, r.LessonId, r.At, null);
                break;
            case RoomRecordingStopped s:
                Row(batch, e, null, s.LessonId, s.At, null, EventJson.Word(s.Because));
                break;
            // Of what nobody was heard or seen in there is nothing to watch.
            case RoomRecordingFinalised { Tracks.Count: 0 }:
                break;
            case RoomRecordingFinalised f:
                Row(batch, e, null, f.LessonId, f.At, null);
                break;
            case RoomRecordingDeleted d:
                Row(batch, e, null, d.LessonId, d.At, d.By, EventJson.Word(d.Because));
                break;
            case NoProviderAllowed n:
                Row(batch, e, null, n.LessonId, n.At, null, n.Country);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to the timeline.");
        }
    }

    private static void Row(NpgsqlBatch batch, IEvent e, Guid? bookingId, Guid? lessonId, Instant at, Who? who, string? why = null,
        Instant? oldStart = null, Instant? newStart = null, SealedText? words = null) => batch.Write("""
        insert into lesson_timeline (sequence, booking_id, lesson_id, at, type, person, part, why, words, old_start, new_start)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """, e.Sequence, bookingId, lessonId, at, e.EventTypeName, who?.PersonId, who?.Part.ToString().ToLowerInvariant(), why,
        words is null ? null : new Json(EventJson.Write(words)), oldStart, newStart);
}
