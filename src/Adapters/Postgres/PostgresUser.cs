using System.Diagnostics;

namespace Muse.Adapters.Postgres;

/// <summary>
/// The system user that the embedded server runs as. PostgreSQL refuses to run as root, so that root starts it as a system user
/// <c>muse</c>; anyone else starts it as themselves.
/// </summary>
public sealed class PostgresUser
{
    private const string SystemUser = "muse";

    private PostgresUser(string? other) => Other = other;

    /// <summary>The name of the system user, or null when the server runs as the user of this process.</summary>
    public string? Other { get; }

    /// <summary>Finds, or as root makes, the user that runs the server.</summary>
    /// <exception cref="EmbeddedPostgresException">No such user can be had; the message is one line for a person.</exception>
    public static async Task<PostgresUser> ForThisProcessAsync(CancellationToken ct = default)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            // initdb and postgres look their own user up and end with "could not look up effective user ID" otherwise.
            if (await Commands.RunAsync(null, "id", ["-un"], ct) is { ExitCode: not 0 })
                throw new EmbeddedPostgresException(
                    "This user id has no entry in /etc/passwd, which PostgreSQL needs: use a user that has one, or set ConnectionStrings__Muse.");
            return new PostgresUser(null);
        }

        var found = await Commands.RunAsync(null, "id", ["-u", SystemUser], ct);
        if (found.ExitCode != 0)
        {
            var made = await Commands.RunAsync(null, "useradd",
                ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SystemUser], ct);
            // 9: somebody else made it in the same moment.
            if (made.ExitCode is not (0 or 9))
                throw new EmbeddedPostgresException($"PostgreSQL does not run as root and the system user '{SystemUser}' could not be made: {made.LastLine}");
            found = await Commands.RunAsync(null, "id", ["-u", SystemUser], ct);
        }

        // Below 1000 are system users (login.defs SYS_UID_MAX): a person who happens to be called muse must not own the school's data.
        if (!int.TryParse(found.Output, out var uid) || uid is 0 or >= 1000)
            throw new EmbeddedPostgresException($"The user '{SystemUser}' exists and is not a system user: start Muse as an ordinary user instead of root.");
        return new PostgresUser(SystemUser);
    }

    /// <summary>Runs a command as this user and waits for its end.</summary>
    internal Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, CancellationToken ct) =>
        Commands.RunAsync(Other, file, arguments, ct);

    /// <summary>Makes a folder that only this user can enter.</summary>
    internal async Task OwnAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Other is not null && await Commands.RunAsync(null, "chown", [$"{Other}:{Other}", folder], ct) is { ExitCode: not 0 } refused)
            throw new EmbeddedPostgresException($"The folder {folder} could not be given to the user '{Other}': {refused.LastLine}");
    }
}

/// <summary>The embedded server cannot be used; the message is one line that tells a person what to do.</summary>
public sealed class EmbeddedPostgresException(string message) : Exception(message);

internal readonly record struct CommandResult(int ExitCode, string Output)
{
    public string LastLine => Output.TrimEnd().Split('\n')[^1].Trim();
}

internal static class Commands
{
    /// <summary>Runs a command to its end with both outputs in one string; 127 when there is no such command, as in a shell.</summary>
    public static async Task<CommandResult> RunAsync(
        string? userName, string file, IEnumerable<string> arguments, CancellationToken ct, string? folder = null)
    {
        // A server started by the command would inherit a pipe and keep it open, so that reading to its end would never return:
        // none of the commands used here leaves a process behind.
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        if (userName is not null)
            start.UserName = userName;
        start.Environment["LC_ALL"] = "C";

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return new CommandResult(127, missing.Message);
        }

        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            try
            {
                await process.WaitForExitAsync(ct);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            return new CommandResult(process.ExitCode, (await output + await errors).Trim());
        }
    }
}
