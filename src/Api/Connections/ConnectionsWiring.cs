using FluentValidation;
using Microsoft.AspNetCore.DataProtection;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Api.Operations;
using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

/// <summary>Where an account of one's own can be connected at all.</summary>
internal static class Connecting
{
    public static readonly IReadOnlyList<string> ByOAuth = [ProviderPolicy.Zoom, ProviderPolicy.GoogleMeet];

    public static bool Knows(string provider) => provider == ProviderPolicy.Jitsi || ByOAuth.Contains(provider);
}

public static class ConnectionsWiring
{
    private const string Tag = "Meeting providers";
    private const string Path = "/v1/tutors/{tutorId:guid}/connections";

    /// <summary>Settings: <c>Meetings:Connect:Zoom</c> and <c>Meetings:Connect:GoogleMeet</c> (<see cref="ConnectClients"/>).</summary>
    public static IServiceCollection AddTutorAccounts(this IServiceCollection services, IConfiguration configuration, DataFolder data)
    {
        // The keys belong to the installation and into its backup, not into a home folder. The folder is 0700, each file 0600.
        services.AddDataProtection().SetApplicationName("Muse").PersistKeysToFileSystem(new DirectoryInfo(data.Keys));
        services.AddHttpClient(TokenEndpoint.Wire, wire =>
        {
            wire.Timeout = TokenEndpoint.Patience;
            wire.MaxResponseContentBufferSize = TokenEndpoint.LongestAnswer;
        })
            // A redirect would carry the client's secret or a code to an address that nobody configured.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        services.AddSingleton(ConnectClients.From(configuration));
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<ConnectionSeals>();
        services.AddSingleton<ConnectionRows>();
        services.AddSingleton<ConnectionDesk>();
        services.AddSingleton<TutorAccounts>();
        services.AddSingleton<IProviderAccounts>(provider => provider.GetRequiredService<TutorAccounts>());
        services.AddSingleton<LeaveAccount>();
        services.AddSingleton<IErrandHandler, RevokeGrant>();
        services.AddSingleton<IValidator<JitsiWanted>, JitsiRules>();
        services.AddSingleton<CheckConnections>();
        services.AddHostedService(provider => provider.GetRequiredService<CheckConnections>());
        return services;
    }

    public static void MapTutorAccounts(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ListConnections.Handle)
            .Described("listConnections", Tag, "Every way of meeting, and with whose account the tutor's lessons are held there");
        // Not idempotent on purpose: the answer holds a secret that we do not keep.
        app.MapPost(Path + "/{provider}", StartConnecting.Handle)
            .Described("connectProvider", Tag, "Begins to connect the tutor's own account: where the browser has to go", ["provider_not_offered", "keys_needed", "already_connected"]);
        app.MapPost(Path + "/jitsi/keys", ConnectJitsi.Handle)
            .Validated<JitsiWanted>()
            .Idempotent()
            .Described("connectJitsi", Tag, "Connects the tutor's own Jitsi server by the keys of its JWT module",
                ["wrong_domain", "wrong_app_id", "wrong_secret", "keys_refused", "server_open", "server_unreachable", "already_connected"],
                new JitsiWanted("meet.example.org", "muse", "a-secret-of-at-least-32-characters"));
        app.MapDelete(Path + "/{provider}", Disconnecting.Handle)
            .Described("disconnectProvider", Tag, "Ends the use of the tutor's own account, here at once and at the provider as soon as it answers");
        app.MapGet(StartConnecting.CallbackPath, FinishConnecting.Handle).AllowAnonymous()
            .Described("finishConnecting", Tag, "Where a provider sends the browser back; answers with a redirect to the page of the meeting providers");
    }
}
