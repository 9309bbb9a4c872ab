namespace Muse.Imitations.OAuth;

/// <summary>A provider of which nothing but the consent is imitated.</summary>
public sealed class ConsentOnly : Imitation
{
    /// <param name="rotates">As <see cref="Consents"/>.</param>
    public ConsentOnly(bool rotates) => Consents = new Consents(Clock, new ConsentClient("muse-client", "muse-client-secret-6f1c"), rotates);

    public Consents Consents { get; }

    public string AuthorizeUrl => Address + "/oauth/authorize";

    public string TokenUrl => Address + "/oauth/token";

    public string RevokeUrl => Address + "/oauth/revoke";

    public string AccountUrl => Address + "/account";

    protected override void Map(WebApplication app)
    {
        Consents.MapAuthorize(app, "/oauth/authorize");
        Consents.MapRevoke(app, "/oauth/revoke");
        app.MapPost("/oauth/token", async (HttpContext http) => await Consents.Token(http) ?? Results.Json(new { error = "unsupported_grant_type" }, statusCode: 400));
        app.MapGet("/account", (HttpContext http) =>
            Consents.AccountOf(http.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal)) is { } account
                ? Results.Json(new { id = account.Id, email = account.Email })
                : Results.Unauthorized());
    }

    protected override async Task Refuse(HttpContext http, Fault fault)
    {
        http.Response.StatusCode = fault switch
        {
            Fault.Unauthorized => StatusCodes.Status401Unauthorized,
            Fault.TooMany or Fault.TooManyWithWait => StatusCodes.Status429TooManyRequests,
            Fault.BadGateway => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
        if (fault is Fault.TooManyWithWait) http.Response.Headers.RetryAfter = "2";
        await http.Response.WriteAsync("trouble");
    }
}
