using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Muse.Api.Clock;
using Muse.Api.Identity;
using Muse.Api.Operations;
using Npgsql;

namespace Muse.Api.Tokens;

public static class TokensWiring
{
    /// <summary>
    /// Settings: <c>PublicUrl</c> (the address people open, also <c>iss</c>), <c>Cookies:Origins</c> (origins besides the server's own).
    /// </summary>
    public static IServiceCollection AddTokens(this IServiceCollection services, IConfiguration configuration, DataFolder data)
    {
        var url = configuration["PublicUrl"] is { Length: > 0 } configured
            ? configured.TrimEnd('/')
            : $"http://localhost:{configuration.GetValue("MUSE_HTTP_PORT", 5080)}";
        services.AddSingleton(new Issuer(url));
        services.AddSingleton(provider => new SigningKeys(
            Path.Combine(data.Keys, "access-tokens.json"), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<EndedSessions>();
        services.AddSingleton<SignInFailures>();
        services.AddSingleton<Subjects>();
        services.AddSingleton(provider => new RefreshTokens(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<EndedSessions>(),
            provider.GetRequiredService<TimeProvider>(),
            data.ReadOrCreateSecret("refresh-tokens", 32)));
        services.AddSingleton(new RefreshCookie(configuration.GetSection("Cookies:Origins").Get<string[]>() ?? []));
        services.AddScoped<SignInByPassword>();
        services.AddSingleton<SignInByDeviceLink>();
        services.AddSingleton<IValidator<SignIn>, SignInRules>();
        services.AddHostedService<TokenSweep>();
        services.AddAuthentication(BearerTokens.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, BearerTokens>(BearerTokens.SchemeName, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Role.Admin, policy => policy.RequireRole(Role.Admin));
        return services;
    }
}

/// <summary>Hourly: forgets what can no longer be used. At the start: remembers who was signed out shortly before.</summary>
internal sealed class TokenSweep(NpgsqlDataSource database, RefreshTokens refresh, EndedSessions ended, TimeProvider time, ILogger<TokenSweep> log)
    : ClockJob(TimeSpan.FromHours(1), time, log)
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ended.Read(database, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task Round(CancellationToken ct)
    {
        ended.Forget();
        return refresh.Forget(ct);
    }
}
