using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Connections;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Connections;

public sealed class TutorAccountsTests(ConnectServer server) : IClassFixture<ConnectServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<AccountAccess> Access(SignedIn tutor, string provider = "zoom", string? refused = null) =>
        server.Accounts.Access(tutor.TutorId!.Value, provider, refused, Ct);

    /// <summary>The class as another process has it: only the database is shared.</summary>
    private TutorAccounts Elsewhere() => ActivatorUtilities.CreateInstance<TutorAccounts>(server.Services);

    [Fact]
    public async Task A_token_is_used_again_until_five_minutes_before_its_end()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var first = await Access(tutor);
        server.Time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal(first, await Access(tutor));
        server.Time.Advance(TimeSpan.FromMinutes(2));
        var second = await Access(tutor);
        Assert.NotEqual(first, second);
        Assert.NotNull(server.Zoom.Consents.AccountOf(second.Token));
    }

    [Theory]
    [InlineData("zoom")]
    [InlineData("google-meet")]
    public async Task Twenty_who_were_refused_at_once_cause_one_refresh_in_two_processes(string provider)
    {
        var tutor = await server.A_tutor_connected_to(provider);
        var old = (await Access(tutor, provider)).Token;
        var (here, there) = ((TutorAccounts)server.Accounts, Elsewhere());
        var refreshes = server.At(provider).Consents.Refreshes;

        var got = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => (i % 2 == 0 ? here : there).Access(tutor.TutorId!.Value, provider, old, Ct), Ct)));

        Assert.Equal(refreshes + 1, server.At(provider).Consents.Refreshes);
        Assert.Single(got.Distinct());
        Assert.NotEqual(old, got[0].Token);
        Assert.NotNull(server.At(provider).Consents.AccountOf(got[0].Token));
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_cut_the_refresh_off()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var old = (await Access(tutor)).Token;
        server.Zoom.Latency = TimeSpan.FromMilliseconds(400);
        using (var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Accounts.Access(tutor.TutorId!.Value, "zoom", old, impatient.Token));
        server.Zoom.Latency = TimeSpan.Zero;
        var access = await Access(tutor, refused: old);
        Assert.False(access.Dead);
        Assert.NotNull(server.Zoom.Consents.AccountOf(access.Token));
    }

    [Theory]
    [InlineData(Fault.BrokenBefore, "zoom")]
    [InlineData(Fault.BrokenBefore, "google-meet")]
    // Google's refresh token stays good, so that a lost answer costs nothing.
    [InlineData(Fault.BrokenAfter, "google-meet")]
    [InlineData(Fault.BrokenJson, "google-meet")]
    public async Task A_lost_answer_is_asked_for_once_more(Fault fault, string provider)
    {
        var tutor = await server.A_tutor_connected_to(provider);
        var old = (await Access(tutor, provider)).Token;
        server.At(provider).Faults.Next(fault, "POST", "/oauth/token");
        var access = await Access(tutor, provider, old);
        Assert.NotEqual(old, access.Token);
        Assert.NotNull(server.At(provider).Consents.AccountOf(access.Token));
    }

    [Fact]
    public async Task Where_a_lost_answer_held_the_only_refresh_token_the_connection_is_dead_and_says_why()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var old = (await Access(tutor)).Token;
        server.Zoom.Faults.Next(Fault.BrokenAfter, "POST", "/oauth/token");
        Assert.True((await Access(tutor, refused: old)).Dead);
        Assert.Equal("refresh_answer_lost", (await ConnectServer.Says(tutor, "zoom")).GetProperty("own").GetProperty("code").GetString());
    }

    [Fact]
    public async Task While_the_provider_is_in_trouble_a_token_that_still_lives_is_used()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var first = await Access(tutor);
        server.Time.Advance(TimeSpan.FromMinutes(57));
        server.Zoom.Faults.Next(Fault.ServerError, "POST", "/oauth/token");
        Assert.Equal(first, await Access(tutor));
        server.Zoom.Faults.Next(Fault.TooManyWithWait, "POST", "/oauth/token");
        server.Time.Advance(TimeSpan.FromMinutes(2));
        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => Access(tutor));
        Assert.Equal("too_many_requests", trouble.Code);
        Assert.NotNull(trouble.NotBefore);
        Assert.False((await Access(tutor)).Dead);
    }

    [Fact]
    public async Task A_consent_withdrawn_at_the_provider_is_a_dead_connection_with_an_event_and_a_notice()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var old = (await Access(tutor)).Token;
        server.Zoom.Consents.Withdraw();

        var access = await Access(tutor, refused: old);

        Assert.Equal(new AccountAccess(null, true), access);
        Assert.Equal(access, await Access(tutor));
        Assert.False(await server.Accounts.HasLive(tutor.TutorId!.Value, "zoom", Ct));
        Assert.Equal(["provider_connected", "provider_connection_died"], await server.EventsOf(ConnectServer.StreamOf(tutor, "zoom")));
        var says = await ConnectServer.Says(tutor, "zoom");
        Assert.Equal("reconnect", says.GetProperty("needs").GetString());
        Assert.Equal("none", says.GetProperty("account").GetString());
        Assert.Equal("dead", says.GetProperty("own").GetProperty("state").GetString());
        Assert.Equal("consent_withdrawn", says.GetProperty("own").GetProperty("code").GetString());
        Assert.Equal(0L, await server.Database.ScalarAsync<long>("select count(*) from provider_connections where tutor_id = $1 and sealed is not null", tutor.TutorId));
        Assert.Equal(1L, await server.Database.ScalarAsync<long>(
            "select count(*) from errands where kind = 'resettle_meetings' and body->>'tutorId' = $1", tutor.TutorId.ToString()));

        var again = await Consent.Begin(server, tutor, "zoom");
        await again.Return(await again.Answer("allow"));
        Assert.Equal("own", (await ConnectServer.Says(tutor, "zoom")).GetProperty("account").GetString());
        Assert.False((await Access(tutor)).Dead);
    }

    [Fact]
    public async Task A_dead_connection_is_found_the_day_before_the_lesson()
    {
        var job = server.Services.GetRequiredService<CheckConnections>();
        var teaching = await server.A_tutor_with_hours();
        var idle = await server.A_tutor_connected_to("zoom");
        var consent = await Consent.Begin(server, teaching, "zoom");
        await consent.Return(await consent.Answer("allow"));
        var booking = await server.A_confirmed_lesson(teaching, await server.Student(), days: 3);
        server.Zoom.Consents.Withdraw();

        server.Time.Advance(TimeSpan.FromHours(24));
        await job.Run(Ct);
        Assert.True(await server.Accounts.HasLive(teaching.TutorId!.Value, "zoom", Ct), "It is not asked every day when no lesson is near.");
        server.Time.Advance(booking.GetProperty("start").GetDateTimeOffset() - server.Time.GetUtcNow() - TimeSpan.FromHours(23));
        await job.Run(Ct);
        Assert.False(await server.Accounts.HasLive(teaching.TutorId!.Value, "zoom", Ct));
        Assert.True(await server.Accounts.HasLive(idle.TutorId!.Value, "zoom", Ct));
        server.Time.Advance(TimeSpan.FromDays(7));
        await job.Run(Ct);
        Assert.False(await server.Accounts.HasLive(idle.TutorId!.Value, "zoom", Ct), "Each is asked weekly.");
    }

    [Fact]
    public async Task Disconnecting_forgets_the_tokens_at_once_and_tells_the_provider_until_it_hears()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var old = (await Access(tutor)).Token;
        server.Zoom.Faults.Next(Fault.ServerError, "POST", "/oauth/revoke");

        var answer = await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "zoom"), Ct);

        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(0L, await server.Database.ScalarAsync<long>("select count(*) from provider_connections where tutor_id = $1", tutor.TutorId));
        Assert.Equal(AccountAccess.None, await Access(tutor));
        await Soon(() => server.Zoom.Consents.AccountOf(old) is null);
        Assert.Equal(["provider_connected", "provider_disconnected"], await server.EventsOf(ConnectServer.StreamOf(tutor, "zoom")));
        var events = await server.EventsAsync();
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "zoom"), Ct)).StatusCode);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task What_a_refresh_brings_after_the_tutor_disconnected_is_revoked_as_well()
    {
        var tutor = await server.A_tutor_connected_to("zoom");
        var old = (await Access(tutor)).Token;
        var living = server.Zoom.Consents.Living;
        var refreshes = server.Zoom.Consents.Refreshes;
        server.Zoom.Latency = TimeSpan.FromMilliseconds(500);
        var refresh = Access(tutor, refused: old);
        await Soon(() => server.Zoom.Seen.Any(seen => seen.Body.Contains("grant_type=refresh_token", StringComparison.Ordinal) && seen.At > DateTimeOffset.MinValue) && !refresh.IsCompleted);
        await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "zoom"), Ct);
        Assert.Equal(AccountAccess.None, await refresh);
        server.Zoom.Latency = TimeSpan.Zero;
        Assert.Equal(refreshes + 1, server.Zoom.Consents.Refreshes);
        await Soon(() => server.Zoom.Consents.Living == living - 1);
    }

    [Fact]
    public async Task An_administrator_can_disconnect_a_tutor_and_the_event_says_so()
    {
        var tutor = await server.A_tutor_connected_to("google-meet");
        var admin = await server.Admin();
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await admin.Http.DeleteAsync(ConnectServer.PathOf(tutor, "google-meet"), Ct)).StatusCode);
        Assert.Equal("admin", await server.Database.ScalarAsync<string>(
            "select data->>'by' from mt_events where type = 'provider_disconnected' and data->>'tutorId' = $1", tutor.TutorId.ToString()));
    }

    private static async Task Soon(Func<bool> isSo)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo())
            await Task.Delay(25, enough.Token);
    }
}
