using System.Text.Json.Serialization;
using Muse.Domain.Availability;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Feed;

/// <summary>What an event says: ids and times. No name, no text, no address that lets anybody in; most students are children. Members that do not belong
/// to a type are not there.</summary>
/// <param name="RecordingId">Of a recording.</param>
/// <param name="Start">Of the booking or lesson, as it is now.</param>
/// <param name="TimeZone">In which it was agreed on.</param>
/// <param name="ExpiresAt">Until when the tutor may answer.</param>
public sealed record PublicEventData(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? BookingId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? LessonId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? RecordingId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? TutorId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? StudentId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? Start = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DurationMinutes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TimeZone = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? ExpiresAt = null);

/// <summary>The one list of what integrators may hear of. A type is for ever, and what its data holds stays.</summary>
public static class PublicEvents
{
    /// <summary>Each with when it is said.</summary>
    public static IReadOnlyDictionary<string, string> Types { get; } = new OrderedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["booking.requested"] = "A slot is asked for, and held until `expiresAt`",
        ["booking.confirmed"] = "The tutor said yes; `lesson.booked` comes with it",
        ["booking.declined"] = "The tutor said no",
        ["booking.rescheduled"] = "It is for another time; of a confirmed one `lesson.moved` comes with it",
        ["booking.cancelled"] = "It was called off",
        ["booking.expired"] = "Nobody answered in time",
        ["lesson.booked"] = "There is a lesson",
        ["lesson.moved"] = "Somebody moved it, or a government changed its clocks",
        ["lesson.cancelled"] = "It was called off",
        ["lesson.started"] = "Tutor and student have met",
        ["lesson.ended"] = "It is over",
        ["recording.ready"] = "It can be watched by the people of the lesson",
        ["recording.deleted"] = "It is gone",
        ["availability.changed"] = "A tutor teaches at other times",
    };

    /// <summary>The members of a type's data; what is always there stays so.</summary>
    public static (string[] Always, string[] Sometimes) Holds(string type)
    {
        string[] people = ["tutorId", "studentId"], time = ["start", "durationMinutes", "timeZone"];
        return type switch
        {
            "booking.requested" => (["bookingId", .. people, .. time, "expiresAt"], []),
            "booking.confirmed" => (["bookingId", "lessonId", .. people], []),
            "booking.rescheduled" => (["bookingId", .. people, .. time], ["expiresAt"]),
            "booking.declined" or "booking.cancelled" or "booking.expired" => (["bookingId", .. people], []),
            "lesson.booked" => (["bookingId", "lessonId", .. people, .. time], []),
            "lesson.moved" => (["lessonId", .. people, .. time], []),
            "lesson.cancelled" or "lesson.started" or "lesson.ended" => (["lessonId", .. people], []),
            "recording.ready" or "recording.deleted" => (["lessonId", "recordingId", .. people], []),
            "availability.changed" => (["tutorId"], []),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No public event."),
        };
    }

    /// <summary>Null of what is for nobody outside.</summary>
    /// <returns><c>Subject</c>: the booking or lesson by which it is known whose it is, when the data does not say so.</returns>
    public static (string Type, Guid Subject, PublicEventData Data)? Of(object e) => e switch
    {
        BookingRequested b => ("booking.requested", b.BookingId, At(b.Time) with { BookingId = b.BookingId, ExpiresAt = b.ExpiresAt }),
        BookingConfirmed b => ("booking.confirmed", b.BookingId, new(BookingId: b.BookingId, LessonId: b.LessonId)),
        BookingDeclined b => ("booking.declined", b.BookingId, new(BookingId: b.BookingId)),
        BookingRescheduled b => ("booking.rescheduled", b.BookingId, At(b.To) with { BookingId = b.BookingId, ExpiresAt = b.ExpiresAt }),
        BookingCancelled b => ("booking.cancelled", b.BookingId, new(BookingId: b.BookingId)),
        BookingExpired b => ("booking.expired", b.BookingId, new(BookingId: b.BookingId)),
        LessonScheduled l => ("lesson.booked", l.LessonId, At(l.Time) with { BookingId = l.BookingId, LessonId = l.LessonId }),
        LessonMoved l => ("lesson.moved", l.LessonId, At(l.To) with { LessonId = l.LessonId }),
        LessonRezoned l => ("lesson.moved", l.LessonId, At(l.To) with { LessonId = l.LessonId }),
        LessonCancelled l => ("lesson.cancelled", l.LessonId, new(LessonId: l.LessonId)),
        LessonStarted l => ("lesson.started", l.LessonId, new(LessonId: l.LessonId)),
        LessonEnded l => ("lesson.ended", l.LessonId, new(LessonId: l.LessonId)),
        RecordingShelved r => ("recording.ready", r.LessonId, new(LessonId: r.LessonId, RecordingId: r.RecordingId)),
        RoomRecordingFinalised { Tracks.Count: > 0 } r => ("recording.ready", r.LessonId, new(LessonId: r.LessonId, RecordingId: r.RecordingId)),
        RecordingDeleted r => ("recording.deleted", r.LessonId, new(LessonId: r.LessonId, RecordingId: r.RecordingId)),
        RoomRecordingDeleted r => ("recording.deleted", r.LessonId, new(LessonId: r.LessonId, RecordingId: r.RecordingId)),
        AvailabilitySet a => ("availability.changed", a.TutorId, new(TutorId: a.TutorId)),
        _ => null,
    };

    private static PublicEventData At(PlannedTime time) => new(Start: time.Start, DurationMinutes: time.DurationMinutes, TimeZone: time.Zone);
}
