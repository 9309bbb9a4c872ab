using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Connections;
using Muse.Api.Operations;

namespace Muse.Api.Tests.Connections;

public sealed class ConnectionSecretsTests(ConnectServer server) : IClassFixture<ConnectServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>All that is secret of the connections made here: as it went over the wire.</summary>
    private IEnumerable<string> Secrets() =>
        new[] { server.Zoom, server.Google }.SelectMany(imitation => imitation.Seen)
            .Where(seen => seen.Path is "/oauth/token" or "/oauth/revoke")
            .SelectMany(seen => seen.Body.Split('&')).Select(pair => pair.Split('='))
            .Where(pair => pair[0] is "code" or "code_verifier" or "refresh_token" or "token").Select(pair => pair[1])
            .Distinct();

    private async Task<SignedIn> Everything_that_can_be_done()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        await server.Accounts.Access(tutor.TutorId!.Value, "zoom", (await server.Accounts.Access(tutor.TutorId!.Value, "zoom", null, Ct)).Token, Ct);
        var gone = await server.A_tutor_connected_to("google-meet");
        await gone.Http.DeleteAsync(ConnectServer.PathOf(gone, "google-meet"), Ct);
        await server.EventsAsync();
        return tutor;
    }

    [Fact]
    public async Task No_table_holds_a_token_that_can_be_read()
    {
        var tutor = await Everything_that_can_be_done();
        var token = (await server.Accounts.Access(tutor.TutorId!.Value, "zoom", null, Ct)).Token!;
        string[] secrets = [token, .. Secrets()];
        Assert.True(secrets.Length > 5);
        await using var connection = await server.Database.Source.OpenConnectionAsync(Ct);
        foreach (var table in await DatabaseTables.AllAsync(connection, Ct))
        {
            var text = await server.Database.ScalarAsync<string>($"select coalesce(string_agg(t::text, E'\\n'), '') from \"{table}\" t");
            foreach (var secret in secrets)
            {
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{table} holds {secret}");
                Assert.False(text.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret)), StringComparison.Ordinal), $"{table} holds {secret} in hex");
                Assert.False(text.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..24], StringComparison.Ordinal), $"{table} holds {secret} in base64");
            }
        }
    }

    [Fact]
    public async Task No_log_line_of_any_level_holds_a_token()
    {
        var tutor = await Everything_that_can_be_done();
        string[] secrets = [(await server.Accounts.Access(tutor.TutorId!.Value, "zoom", null, Ct)).Token!, .. Secrets(), server.Zoom.Consents.Client.Secret];
        Assert.NotEmpty(server.Logged);
        // The address of the callback holds the code; it is worthless then, as it was used before the line is written, and needs the verifier.
        var lines = server.Logged.Where(line => !line.Contains("/v1/connections/callback", StringComparison.Ordinal)).ToList();
        foreach (var secret in secrets)
            Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_copied_to_another_tutor_does_not_open_there()
    {
        var victim = await server.A_tutor_connected_to("zoom");
        var thief = await server.A_tutor_connected_to("zoom");
        await server.Database.ExecuteAsync(
            "update provider_connections set sealed = (select sealed from provider_connections where tutor_id = $1) where tutor_id = $2", victim.TutorId, thief.TutorId);
        var access = await server.Accounts.Access(thief.TutorId!.Value, "zoom", null, Ct);
        Assert.Null(access.Token);
        Assert.True(access.Dead);
        Assert.Equal("keys_lost", (await ConnectServer.Says(thief, "zoom")).GetProperty("own").GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_keys_are_files_that_only_their_owner_reads()
    {
        await server.A_tutor_connected_to("zoom");
        var keys = Directory.GetFiles(server.Services.GetRequiredService<DataFolder>().Keys, "key-*.xml");
        Assert.NotEmpty(keys);
        Assert.All(keys, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task After_a_restore_the_connection_goes_on_without_the_tutor()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var token = (await server.Accounts.Access(tutor.TutorId!.Value, "zoom", null, Ct)).Token;
        var folder = Directory.CreateTempSubdirectory("muse-connections-").FullName;
        try
        {
            var archive = Path.Combine(folder, "muse.backup");
            await WriteBackup.ToFileAsync(
                server.Services.GetRequiredService<EventStore>(), server.Services.GetRequiredService<DataFolder>().Root, Archive.Folders, archive, Ct);
            await using var database = await Given.Database.EmptyAsync();
            var data = new DataFolder(Path.Combine(folder, "restored"));
            var store = new EventStore(database.Source, EventNames.Muse, server.Services.GetServices<IProjection>(), server.Time);
            await RestoreBackup.FromFileAsync(store, data.Root, Archive.Folders, archive, Ct);

            var seals = new ConnectionSeals(DataProtectionProvider.Create(new DirectoryInfo(data.Keys), protection => protection.SetApplicationName("Muse")));
            var rows = new ConnectionRows(database.Source);
            var accounts = ActivatorUtilities.CreateInstance<TutorAccounts>(
                server.Services, rows, seals, new ConnectionDesk(store, rows, seals, server.Time));

            Assert.Equal(token, (await accounts.Access(tutor.TutorId!.Value, "zoom", null, Ct)).Token);
            var fresh = await accounts.Access(tutor.TutorId!.Value, "zoom", token, Ct);
            Assert.NotNull(server.Zoom.Consents.AccountOf(fresh.Token));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
