using Microsoft.AspNetCore.Identity;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Accounts;

/// <summary>
/// What ASP.NET Core Identity needs of a store, over the table <c>accounts</c>. An account is inserted by <see cref="Insert"/> in the
/// transaction of its person's events, so <see cref="CreateAsync"/> is never the way.
/// </summary>
internal sealed class AccountStore(NpgsqlDataSource database)
    : IUserPasswordStore<Account>, IUserEmailStore<Account>, IUserSecurityStampStore<Account>
{
    private const string Select =
        "select account_id, email, email_key, password_hash, security_stamp, is_admin, is_integrator from accounts where ";

    /// <returns>False when the address has an account already.</returns>
    public static async Task<bool> Insert(NpgsqlConnection connection, Account account, CancellationToken ct)
    {
        await using var command = connection.Command("""
            insert into accounts (account_id, email, email_key, password_hash, security_stamp, is_admin, is_integrator)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (email_key) do nothing
            """, account.Id, account.Email, account.EmailKey, account.PasswordHash, account.SecurityStamp, account.IsAdmin, account.IsIntegrator);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public Task<Account?> FindByIdAsync(string userId, CancellationToken ct) =>
        Guid.TryParse(userId, out var id) ? Find("account_id = $1", id, ct) : Task.FromResult<Account?>(null);

    public Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken ct) => FindByEmailAsync(normalizedUserName, ct);

    public Task<Account?> FindByEmailAsync(string normalizedEmail, CancellationToken ct) => Find("email_key = $1", normalizedEmail, ct);

    public async Task<IdentityResult> UpdateAsync(Account user, CancellationToken ct)
    {
        await using var command = database.Command(
            "update accounts set email = $2, email_key = $3, password_hash = $4, security_stamp = $5 where account_id = $1",
            user.Id, user.Email, user.EmailKey, user.PasswordHash, user.SecurityStamp);
        return await command.ExecuteNonQueryAsync(ct) == 1
            ? IdentityResult.Success
            : IdentityResult.Failed(new IdentityError { Code = "not_found", Description = "The account is gone." });
    }

    public Task<IdentityResult> CreateAsync(Account user, CancellationToken ct) =>
        throw new NotSupportedException("Accounts are inserted with their person's events.");

    public Task<IdentityResult> DeleteAsync(Account user, CancellationToken ct) =>
        throw new NotSupportedException("Accounts go with the row of their person.");

    public Task<string> GetUserIdAsync(Account user, CancellationToken ct) => Task.FromResult(user.Id.ToString());

    public Task<string?> GetUserNameAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.Email);

    public Task SetUserNameAsync(Account user, string? userName, CancellationToken ct) => SetEmailAsync(user, userName, ct);

    public Task<string?> GetNormalizedUserNameAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.EmailKey);

    public Task SetNormalizedUserNameAsync(Account user, string? normalizedName, CancellationToken ct) =>
        SetNormalizedEmailAsync(user, normalizedName, ct);

    public Task<string?> GetPasswordHashAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.PasswordHash);

    public Task<bool> HasPasswordAsync(Account user, CancellationToken ct) => Task.FromResult(user.PasswordHash.Length > 0);

    public Task SetPasswordHashAsync(Account user, string? passwordHash, CancellationToken ct)
    {
        user.PasswordHash = passwordHash ?? "";
        return Task.CompletedTask;
    }

    public Task<string?> GetEmailAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.Email);

    public Task SetEmailAsync(Account user, string? email, CancellationToken ct)
    {
        user.Email = email ?? "";
        return Task.CompletedTask;
    }

    public Task<bool> GetEmailConfirmedAsync(Account user, CancellationToken ct) => Task.FromResult(false);

    public Task SetEmailConfirmedAsync(Account user, bool confirmed, CancellationToken ct) => Task.CompletedTask;

    public Task<string?> GetNormalizedEmailAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.EmailKey);

    public Task SetNormalizedEmailAsync(Account user, string? normalizedEmail, CancellationToken ct)
    {
        user.EmailKey = normalizedEmail ?? "";
        return Task.CompletedTask;
    }

    public Task<string?> GetSecurityStampAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.SecurityStamp);

    public Task SetSecurityStampAsync(Account user, string stamp, CancellationToken ct)
    {
        user.SecurityStamp = stamp;
        return Task.CompletedTask;
    }

    public void Dispose()
    {
    }

    private async Task<Account?> Find(string where, object key, CancellationToken ct)
    {
        await using var command = database.Command(Select + where, key);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct)
            ? new Account
            {
                Id = rows.GetGuid(0),
                Email = rows.GetString(1),
                EmailKey = rows.GetString(2),
                PasswordHash = rows.GetString(3),
                SecurityStamp = rows.GetString(4),
                IsAdmin = rows.GetBoolean(5),
                IsIntegrator = rows.GetBoolean(6),
            }
            : null;
    }
}
