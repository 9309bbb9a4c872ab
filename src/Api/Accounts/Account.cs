namespace Muse.Api.Accounts;

/// <summary>What signs in with a password. Its id is the PersonId; a child has none and signs in by device links.</summary>
public sealed class Account
{
    public required Guid Id { get; init; }

    public required string Email { get; set; }

    /// <summary>The address as it is compared: trimmed, upper case.</summary>
    public string EmailKey { get; set; } = "";

    public string PasswordHash { get; set; } = "";

    /// <summary>Changes with the password; sessions from before it end.</summary>
    public string SecurityStamp { get; set; } = "";

    public bool IsAdmin { get; init; }

    public bool IsIntegrator { get; init; }
}
