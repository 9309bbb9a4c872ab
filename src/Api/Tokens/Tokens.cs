using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Api.Http;
using Muse.Api.OpenApi;

namespace Muse.Api.Tokens;

/// <summary>Exactly one way in: mail and password, a refresh token, a device link, or <c>cookie: true</c> alone.</summary>
/// <param name="Cookie">The refresh token comes (and is taken) in the cookie only, where no script can read it.</param>
public sealed record SignIn(
    string? Email = null, string? Password = null, string? RefreshToken = null, string? DeviceLink = null, bool Cookie = false)
{
    internal bool IsByPassword => Email is not null && Password is not null && RefreshToken is null && DeviceLink is null;

    internal bool IsByDeviceLink => DeviceLink is not null && Email is null && Password is null && RefreshToken is null;

    internal bool IsByRefreshToken => RefreshToken is not null && Email is null && Password is null && DeviceLink is null && !Cookie;

    internal bool IsByCookie => Cookie && Email is null && Password is null && RefreshToken is null && DeviceLink is null;
}

public sealed record SignOut(string? RefreshToken = null);

/// <param name="ExpiresIn">Seconds until the access token dies.</param>
public sealed record TokenPair(
    string AccessToken,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RefreshToken,
    int ExpiresIn);

internal sealed class SignInRules : AbstractValidator<SignIn>
{
    public SignInRules()
    {
        RuleFor(request => request).Must(request => request.IsByPassword || request.IsByDeviceLink || request.IsByRefreshToken || request.IsByCookie)
            .OverridePropertyName("").WithErrorCode("choose_one_way_in")
            .WithMessage("Send email and password, or refreshToken, or deviceLink, or cookie: true alone.");
        RuleFor(request => request.Email).MaximumLength(254).WithErrorCode("too_long");
        RuleFor(request => request.Password).MaximumLength(1024).WithErrorCode("too_long");
        RuleFor(request => request.RefreshToken).MaximumLength(RefreshTokens.MaxChars).WithErrorCode("too_long");
        RuleFor(request => request.DeviceLink).MaximumLength(512).WithErrorCode("too_long");
    }
}

internal static class TokenRoutes
{
    public const string Path = "/v1/tokens";

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, Make)
            .AllowAnonymous()
            .Validated<SignIn>()
            .LimitedAs(Limit.SignIns)
            .Described("createToken", "Tokens", "Signs in, or refreshes the access token",
                ["choose_one_way_in", "too_long", "wrong_credentials", "too_many_attempts", "invalid_refresh_token", "invalid_device_link", "origin_not_allowed"],
                new SignIn(Email: "minji@example.org", Password: "mokgeum hana dul"));
        app.MapDelete(Path, End)
            .AllowAnonymous()
            .LimitedAs(Limit.SignIns)
            .Described("deleteToken", "Tokens", "Signs this device out; every token of it stops at once",
                ["origin_not_allowed"], new SignOut("dGhlLXRva2VuLXRoYXQtd2FzLWhhbmRlZC1vdXQ"));
    }

    private static async Task<Results<Ok<TokenPair>, ProblemHttpResult>> Make(
        SignIn request, HttpContext http, SignInByPassword byPassword, SignInByDeviceLink byDeviceLink, RefreshTokens refresh,
        Subjects subjects, AccessTokens access, RefreshCookie cookie, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (request.Cookie && !cookie.MayComeFrom(http))
            return RefreshCookie.WrongOrigin();
        var client = request.Cookie ? "muse-web" : "muse-api";
        RefreshToken? token;
        if (request.IsByPassword)
        {
            var answer = await byPassword.Try(request.Email!, request.Password!, CallerAddress.Of(http), client, ct);
            if (answer.Wait is { } wait)
            {
                http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_attempts", "Too many wrong passwords from here; wait and try again.");
            }
            if (answer.Token is null)
                return Wrong(http, "wrong_credentials", "The address or the password is wrong.");
            token = answer.Token;
        }
        else if (request.IsByDeviceLink)
        {
            token = await byDeviceLink.Try(request.DeviceLink!, client, ct);
            if (token is null)
                return Wrong(http, "invalid_device_link", "This link was used, was revoked or has expired; ask for a new one.");
        }
        else
        {
            token = await refresh.Rotate(request.RefreshToken ?? RefreshCookie.Of(http) ?? "", ct);
            if (token is null)
            {
                if (request.Cookie)
                    RefreshCookie.Clear(http);
                return Wrong(http, "invalid_refresh_token", "Sign in again.");
            }
        }
        if (await subjects.Of(token, ct) is not { } subject)
            return Wrong(http, "wrong_credentials", "The account is gone.");
        if (request.Cookie)
            RefreshCookie.Put(http, token);
        return TypedResults.Ok(new TokenPair(access.Make(subject), request.Cookie ? null : token.Text, (int)AccessTokens.Life.TotalSeconds));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> End(
        [FromBody] SignOut? request, HttpContext http, RefreshTokens refresh, RefreshCookie cookie, CancellationToken ct)
    {
        if (request?.RefreshToken is { } text)
            await refresh.End(text, ct);
        else if (RefreshCookie.Of(http) is { } kept)
        {
            if (!cookie.MayComeFrom(http))
                return RefreshCookie.WrongOrigin();
            await refresh.End(kept, ct);
            RefreshCookie.Clear(http);
        }
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult Wrong(HttpContext http, string code, string detail)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, code, detail);
    }
}
