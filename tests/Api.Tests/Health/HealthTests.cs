using System.Net;
using System.Text.Json;

namespace Muse.Api.Tests.Health;

public sealed class HealthTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_server_that_serves_says_200_and_what_it_serves()
    {
        var answer = await server.Anyone().GetAsync("/v1/health");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var report = await answer.Json();
        Assert.Equal("ok", report.GetProperty("status").GetString());
        Assert.Equal("ok", report.GetProperty("database").GetString());
        Assert.Equal("ok", report.GetProperty("migrations").GetString());
        Assert.Contains(report.GetProperty("projections").EnumerateArray(), projection => projection.GetProperty("name").GetString() == "tutor_profiles");
        Assert.Equal(0, report.GetProperty("errands").GetProperty("dead").GetInt64());
        // Whether they are there depends on the machine; that it is said does not.
        Assert.True(report.GetProperty("media").GetProperty("dataChannels").ValueKind is JsonValueKind.True or JsonValueKind.False);
        Assert.True(report.GetProperty("media").GetProperty("ffmpeg").ValueKind is JsonValueKind.True or JsonValueKind.False);
    }

    [Fact]
    public async Task Without_its_database_it_says_503_and_why()
    {
        await using var own = new TheServer();
        await own.InitializeAsync();
        Assert.Equal(HttpStatusCode.OK, (await own.Anyone().GetAsync("/v1/health")).StatusCode);
        await using var elsewhere = new Npgsql.NpgsqlConnection(server.Database.ConnectionString);
        await elsewhere.OpenAsync();
        await using (var away = new Npgsql.NpgsqlCommand($"alter database {own.Database.Name} with allow_connections false", elsewhere))
            await away.ExecuteNonQueryAsync();
        await using (var cut = new Npgsql.NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", elsewhere))
        {
            cut.Parameters.AddWithValue(own.Database.Name);
            await cut.ExecuteNonQueryAsync();
        }

        var answer = await own.Anyone().GetAsync("/v1/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("unreachable", (await answer.Json()).GetProperty("database").GetString());
    }
}
