using Microsoft.AspNetCore.Identity;
using Muse.Api.Accounts;
using Npgsql;

namespace Muse.Api.Tokens;

/// <summary>One try with a password: a token, or how long to wait, or neither when it was wrong.</summary>
internal readonly record struct PasswordTry(RefreshToken? Token, TimeSpan? Wait);

/// <summary>Checks a password so that neither the answer nor its duration tells whether the address has an account.</summary>
internal sealed class SignInByPassword(
    UserManager<Account> users, SignInFailures failures, RefreshTokens refresh, NpgsqlDataSource database, TimeProvider time)
{
    private static string? _nobodysHash;

    // Hashing is work by intent; a flood of guesses must not take every core from the lessons.
    private static readonly SemaphoreSlim Hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    public async Task<PasswordTry> Try(string email, string password, string address, string client, CancellationToken ct)
    {
        var key = users.NormalizeEmail(email.Trim());
        if (failures.WaitFor(key, address) is { Ticks: > 0 } wait)
            return new PasswordTry(null, wait);
        if (failures.DelayFor(key) is { Ticks: > 0 } delay)
            await Task.Delay(delay, time, ct);
        var account = await users.FindByEmailAsync(email.Trim());
        await Hashing.WaitAsync(ct);
        try
        {
            account = await Checked(account, password);
        }
        finally
        {
            Hashing.Release();
        }
        if (account is null)
        {
            failures.Failed(key, address);
            return default;
        }
        failures.Succeeded(key, address);
        await using var connection = await database.OpenConnectionAsync(ct);
        return new PasswordTry(await refresh.Begin(connection, account.Id, client, null, ct), null);
    }

    private async Task<Account?> Checked(Account? account, string password)
    {
        if (account is null || password.Length > PasswordRules.MaxChars)
        {
            // As much work as for a real account.
            var nobody = new Account { Id = Guid.Empty, Email = "" };
            _nobodysHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
            users.PasswordHasher.VerifyHashedPassword(nobody, _nobodysHash, password);
            return null;
        }
        return await users.CheckPasswordAsync(account, password) ? account : null;
    }
}
