using Muse.Adapters.Postgres;

namespace Muse.Api.Operations;

/// <summary>Errors that a person can mend are one line on standard error; only bugs show where in the code they happened.</summary>
public static class StartErrors
{
    public static void SayInOneLine() => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (unhandled.ExceptionObject is not Exception error || !IsForAPerson(error))
            return;
        Console.Error.WriteLine($"muse: {error.Message}");
        // The database's watchdog stops it when this process ends.
        Environment.Exit(1);
    };

    // Kestrel reports a taken port as an IOException that names the address.
    private static bool IsForAPerson(Exception error) =>
        error is EmbeddedPostgresException or MigrationRefused or BackupRefused or Npgsql.NpgsqlException { InnerException: System.Net.Sockets.SocketException }
            or IOException or UnauthorizedAccessException or Microsoft.Extensions.Options.OptionsValidationException;
}
