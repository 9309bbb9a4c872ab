using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;

namespace Muse.Api.Bookings;

public static class BookingRoutes
{
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
        var bookings = app.MapGroup("/v1/bookings").WithTags("Bookings").RequireAuthorization();
        bookings.MapPost("", RequestBooking.Handle).Idempotent().WithName("requestBooking").WithSummary("Ask a tutor for a slot")
            .Produces<BookingView>(StatusCodes.Status201Created).Refuses(404, 409, 422);
        bookings.MapGet("", List).WithName("listBookings").WithSummary("The caller's own bookings, soonest first")
            .Produces<Page<BookingView>>().Refuses(422);
        bookings.MapGet("/{id:guid}", Read).WithName("getBooking").WithSummary("One booking, with its ETag")
            .Produces<BookingView>().Refuses(404);
        bookings.MapPost("/{id:guid}/confirm", ConfirmBooking.Handle).Changes("confirmBooking", "The tutor says yes");
        bookings.MapPost("/{id:guid}/decline", DeclineBooking.Handle).Changes("declineBooking", "The tutor says no");
        bookings.MapPost("/{id:guid}/cancel", CancelBooking.Handle).Changes("cancelBooking", "Either side calls it off");
        bookings.MapPost("/{id:guid}/reschedule", RescheduleBooking.Handle).Changes("rescheduleBooking", "Either side moves it");
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

    private static RouteHandlerBuilder Changes(this RouteHandlerBuilder route, string name, string summary) => route
        .WithName(name).WithSummary(summary).Produces<BookingView>().Refuses(403, 404, 409, 412, 422, 428);

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
            route.ProducesProblem(status);
        return route;
    }
}
