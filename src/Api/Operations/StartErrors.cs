using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Muse.Adapters.Postgres;

namespace Muse.Api.Operations;

/// <summary>Errors that a person can mend are one line on standard error; only bugs show where in the code they happened.</summary>
public static class StartErrors
{
    public static void SayInOneLine() => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (unhandled.ExceptionObject is not Exception error || !IsForAPerson(error))
            return;
        Console.Error.WriteLine($"muse: {Words(error)}");
        // The database's watchdog stops it when this process ends.
        Environment.Exit(1);
    };

    // Only the listener of --lan speaks https itself.
    private static string Words(Exception error) => error is IOException { InnerException: AddressInUseException }
        ? $"Muse cannot listen ({error.Message.TrimEnd('.')}); {(error.Message.Contains("https://", StringComparison.Ordinal) ? "MUSE_HTTPS_PORT" : "MUSE_HTTP_PORT")} names a free port"
        : error.Message;

    // Kestrel reports a taken port as an IOException that names the address.
    private static bool IsForAPerson(Exception error) =>
        error is EmbeddedPostgresException or MigrationRefused or BackupRefused or Npgsql.NpgsqlException { InnerException: System.Net.Sockets.SocketException }
            or IOException or UnauthorizedAccessException or OptionsValidationException || IsOfAnotherKind(error);

    // "Failed to convert configuration value 'many' at 'Limits:Requests:Burst' …" has no exception of its own.
    private static bool IsOfAnotherKind(Exception error) =>
        error is InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" };
}
