using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Bookings;

public static class BookingRoutes
{
    private const string Tag = "Bookings";

    internal static readonly string[] OfATime =
    [
        "unknown_time_zone", "invalid_local_time", "local_time_skipped", "local_time_ambiguous", "invalid_zoned_time",
        "offset_zone_mismatch", "unsupported_critical_suffix", "start_in_past", "duration_out_of_range",
    ];

    internal static readonly string[] OfASlot =
        ["slot_not_offered", "duration_not_offered", "too_short_notice", "beyond_horizon", "tutor_not_free", "student_not_free"];

    internal static readonly string[] OfAChange = [.. DescribedRoutes.Preconditions, "booking_expired", "booking_closed"];

    public static IServiceCollection AddBookings(this IServiceCollection services) => services
        .AddSingleton<IProjection, BookingRows>()
        .AddSingleton<BookingDesk>()
        .AddSingleton<BookingReader>()
        .AddSingleton<OfferedSlots>()
        .AddSingleton<PublicAddress>()
        .AddSingleton<ExpireBookings>()
        .AddHostedService(provider => provider.GetRequiredService<ExpireBookings>());

    public static IEndpointRouteBuilder MapBookings(this IEndpointRouteBuilder app)
    {
        var bookings = app.MapGroup("/v1/bookings").RequireAuthorization();
        bookings.MapPost("", RequestBooking.Handle).Idempotent().ForKeys(ApiScope.BookingsWrite)
            .Described("requestBooking", Tag, "Asks a tutor for a slot, which is held until the tutor answers",
                [.. OfATime, .. OfASlot, "not_found", "guardian_needed", "own_lesson", "unknown_provider", "too_many_requests_waiting"], RequestBooking.Example)
            .Produces<BookingView>(StatusCodes.Status201Created);
        bookings.MapGet("", List).ForKeys(ApiScope.BookingsRead)
            .Described("listBookings", Tag, "The caller's own bookings, of a key everybody's, soonest first", ["unknown_state", "malformed_cursor", "out_of_range"])
            .Produces<Page<BookingView>>();
        bookings.MapGet("/{id:guid}", Read).ForKeys(ApiScope.BookingsRead)
            .Described("getBooking", Tag, "One booking, with its ETag").Produces<BookingView>();
        bookings.MapPost("/{id:guid}/confirm", ConfirmBooking.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("confirmBooking", Tag, "The tutor says yes; the lesson and its meeting follow", [.. OfAChange, "not_allowed"])
            .Produces<BookingView>();
        bookings.MapPost("/{id:guid}/decline", DeclineBooking.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("declineBooking", Tag, "The tutor says no",
                [.. OfAChange, "not_allowed", "already_confirmed", "text_too_long"], new WithReason("I play a concert that evening."))
            .Produces<BookingView>();
        bookings.MapPost("/{id:guid}/cancel", CancelBooking.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("cancelBooking", Tag, "Either side calls it off",
                [.. OfAChange, "guardian_needed", "lesson_started", "lesson_over", "text_too_long"], new WithReason("School trip"))
            .Produces<BookingView>();
        bookings.MapPost("/{id:guid}/reschedule", RescheduleBooking.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("rescheduleBooking", Tag, "Either side moves it",
                [.. OfATime, .. OfASlot, .. OfAChange, "guardian_needed", "lesson_started", "lesson_over", "text_too_long"], RescheduleBooking.Example)
            .Produces<BookingView>();
        return app;
    }

    private static async Task<IResult> List(
        Caller caller, BookingReader reader, CancellationToken ct, string? state = null, string? after = null, int? limit = null)
    {
        var page = await reader.List(caller, state, after, limit, ct);
        return page.IsRefused ? Problems.From(page.Refusal) : TypedResults.Ok(page.Value);
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpContext http, BookingReader reader, CancellationToken ct)
    {
        if (await reader.Find(id, ct) is not { } view || BookingDesk.WhoIs(caller, view.TutorId, view.StudentId) is null)
            return Problems.NotFound();
        ETags.Put(http, view.Version);
        return TypedResults.Ok(view);
    }
}
