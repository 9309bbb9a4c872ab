using FluentValidation;

namespace Muse.Api.Http;

/// <summary><c>.Validated&lt;T&gt;()</c> on a route runs the registered <c>IValidator&lt;T&gt;</c> before the handler; failures are 422.</summary>
public static class ValidatedRoutes
{
    public static RouteHandlerBuilder Validated<T>(this RouteHandlerBuilder route) => route.AddEndpointFilter(async (call, next) =>
    {
        var request = call.Arguments.OfType<T>().First();
        var validator = call.HttpContext.RequestServices.GetRequiredService<IValidator<T>>();
        var verdict = await validator.ValidateAsync(request, call.HttpContext.RequestAborted);
        return verdict.IsValid ? await next(call) : Problems.From(verdict.Errors);
    });
}
