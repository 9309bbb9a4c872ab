namespace Muse.Imitations.Jitsi;

/// <summary>A Jitsi server with token authentication, or JaaS: rooms that people enter with a token, and what the server tells Muse of them.</summary>
public sealed class JitsiImitation : Imitation
{
    protected override void Map(WebApplication app) => app.MapGet("/{**room}", () => Results.NotFound());

    protected override Task Refuse(HttpContext http, Fault fault)
    {
        http.Response.StatusCode = fault switch
        {
            Fault.Unauthorized => StatusCodes.Status401Unauthorized,
            Fault.TooMany or Fault.TooManyWithWait => StatusCodes.Status429TooManyRequests,
            Fault.BadGateway => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
        return Task.CompletedTask;
    }
}
