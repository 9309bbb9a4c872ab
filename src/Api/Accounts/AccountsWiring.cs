using FluentValidation;
using Microsoft.AspNetCore.Identity;

namespace Muse.Api.Accounts;

public static class AccountsWiring
{
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddIdentityCore<Account>(identity =>
        {
            // PasswordRules says all there is to say; character classes do not make a password good.
            identity.Password.RequireDigit = false;
            identity.Password.RequireLowercase = false;
            identity.Password.RequireUppercase = false;
            identity.Password.RequireNonAlphanumeric = false;
            identity.Password.RequiredLength = PasswordRules.MinChars;
            identity.Password.RequiredUniqueChars = 1;
        });
        // PBKDF2-HMAC-SHA512 with the rounds of OWASP's password storage cheat sheet (2023).
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = configuration.GetValue("Passwords:Iterations", 210_000));
        services.AddScoped<IUserStore<Account>, AccountStore>();
        services.AddScoped<IPasswordValidator<Account>, PasswordRules>();
        services.AddSingleton<IValidator<NewAccount>, NewAccountRules>();
        services.AddSingleton<IValidator<MyChanges>, MyChangesRules>();
        return services;
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapCreateAccount();
        app.MapMe();
    }
}
