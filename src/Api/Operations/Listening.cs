namespace Muse.Api.Operations;

/// <summary>Where the server listens.</summary>
public static class Listening
{
    /// <summary>Listens on localhost at <c>MUSE_HTTP_PORT</c>; without it, wherever ASP.NET Core's own settings say.</summary>
    public static void ListenWhereAsked(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetValue<int?>("MUSE_HTTP_PORT") is { } port)
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
    }
}
