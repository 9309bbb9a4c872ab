using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations.Jitsi;

namespace Muse.Api.Tests.Connections;

/// <summary>A server whose tutors may connect Jitsi servers on this machine, and such a server, imitated.</summary>
public sealed class TheOwnJitsiServer : TheServer
{
    public JitsiImitation Jitsi { get; } = JitsiImitation.OfATutor();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Jitsi.StartAsync();
        foreach (var (name, value) in Jitsi.Settings) With(name, value);
        With("Meetings:Order", "jitsi,built-in");
        Jitsi.MuseOrigin = "http://localhost";
        Jitsi.Webhooks.Through(Server.CreateHandler());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Jitsi.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A tutor's own Jitsi server, from its keys to the lesson there and back.</summary>
public sealed class OwnJitsiTests(TheOwnJitsiServer server) : IClassFixture<TheOwnJitsiServer>
{
    [Fact]
    public async Task Lessons_are_held_there_with_the_tutor_as_moderator_until_it_is_disconnected()
    {
        var tutor = await server.A_tutor_with_hours();
        await Connect(tutor);
        Assert.False(await WasTried(tutor));

        var student = await server.Student();
        var confirmed = await server.A_confirmed_lesson(tutor, student);
        var lesson = confirmed.GetProperty("lessonId").GetGuid();
        await server.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("provider") == "jitsi" && l.GetProperty("meeting").Text("state") == "ready");
        // Arranging sends nobody there.
        Assert.False(await WasTried(tutor));

        var by = DateTimeOffset.Parse(confirmed.Text("start")!, System.Globalization.CultureInfo.InvariantCulture) - server.Time.GetUtcNow();
        server.Time.Advance(by);
        server.Jitsi.Clock.Advance(by);
        (tutor, student) = (await server.Renewed(tutor), await server.Renewed(student));
        var door = await Door(tutor, lesson);
        Assert.StartsWith(server.Jitsi.Address + "/", door, StringComparison.Ordinal);
        Assert.Contains("(moderator)", await Visit(door), StringComparison.Ordinal);
        Assert.DoesNotContain("(moderator)", await Visit(await Door(student, lesson)), StringComparison.Ordinal);
        Assert.True(await WasTried(tutor));
        Assert.Equal(2, (await server.EventsOf(lesson)).Count(name => name == "participant_joined"));

        // The keys of the same server may be changed; another server would leave the meetings of coming lessons behind.
        await Connect(tutor);
        Assert.False(await WasTried(tutor));
        var events = await server.EventsAsync();
        var another = await tutor.Http.PostAsJsonAsync(
            ConnectServer.PathOf(tutor, "jitsi/keys"), new { domain = "meet.example.org", appId = "muse", secret = new string('s', 40) });
        await another.IsProblem(HttpStatusCode.Conflict, "already_connected");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(server.Jitsi.Address, (await ConnectServer.Says(tutor, "jitsi")).GetProperty("own").Text("label"));

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "jitsi"))).StatusCode);
        Assert.Equal("none", (await ConnectServer.Says(tutor, "jitsi")).Text("account"));
    }

    [Fact]
    public async Task Keys_that_the_server_took_are_said_to_be_taken_and_never_shown_again()
    {
        var tutor = await server.Tutor();
        await Connect(tutor);
        var page = await tutor.Http.GetStringAsync(ConnectServer.PathOf(tutor));
        Assert.DoesNotContain(server.Jitsi.Secret, page, StringComparison.Ordinal);
        var own = (await ConnectServer.Says(tutor, "jitsi")).GetProperty("own");
        Assert.Equal((own.Text("connectedAt"), "live"), (own.Text("keysTakenAt"), own.Text("state")));
        var accounts = server.Services.GetRequiredService<IProviderAccounts>();
        var access = await accounts.Access(tutor.TutorId!.Value, ProviderPolicy.Jitsi, null, Ct);
        Assert.Equal($$"""{"domain":"{{server.Jitsi.Address}}","appId":"{{server.Jitsi.AppId}}","secret":"{{server.Jitsi.Secret}}"}""", access.Token);

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "jitsi"))).StatusCode);
        Assert.Equal(AccountAccess.None, await accounts.Access(tutor.TutorId!.Value, ProviderPolicy.Jitsi, null, Ct));
        Assert.Equal(["provider_connected", "provider_disconnected"], await School.EventsOf(server, ConnectServer.StreamOf(tutor, "jitsi")));
    }

    [Theory]
    [InlineData("another secret", "keys_refused", "#/secret")]
    [InlineData("another app id", "keys_refused", "#/appId")]
    [InlineData("takes anybody", "server_open", "#/domain")]
    [InlineData("down", "server_unreachable", "#/domain")]
    public async Task A_server_to_which_the_keys_do_not_belong_is_not_connected(string trouble, string code, string pointer)
    {
        // Wrong keys were taken without a word, and the card said when they were first used for a lesson.
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        server.Jitsi.Down = trouble == "down";
        server.Jitsi.TakesAnybody = trouble == "takes anybody";
        try
        {
            ForgetWhatWasSeen();
            var refused = await tutor.Http.PostAsJsonAsync(ConnectServer.PathOf(tutor, "jitsi/keys"), new
            {
                domain = server.Jitsi.Address,
                appId = trouble == "another app id" ? "another" : server.Jitsi.AppId,
                secret = trouble == "another secret" ? new string('s', 40) : server.Jitsi.Secret,
            });
            await refused.IsProblem(HttpStatusCode.UnprocessableEntity, code);
            Assert.Equal(pointer, Assert.Single((await refused.Json()).GetProperty("errors").EnumerateArray()).Text("pointer"));
        }
        finally
        {
            server.Jitsi.Down = server.Jitsi.TakesAnybody = false;
        }
        Assert.Equal(events, await server.EventsAsync());
        Assert.False((await ConnectServer.Says(tutor, "jitsi")).TryGetProperty("own", out _));
    }

    [Fact]
    public async Task Of_a_server_that_lets_nobody_try_the_keys_nothing_is_said_but_when_they_were_first_used()
    {
        server.Jitsi.HidesBosh = true;
        try
        {
            var tutor = await server.Tutor();
            await Connect(tutor);
            Assert.False((await ConnectServer.Says(tutor, "jitsi")).GetProperty("own").TryGetProperty("keysTakenAt", out _));
        }
        finally
        {
            server.Jitsi.HidesBosh = false;
        }
    }

    [Fact]
    public async Task Keys_that_the_server_no_longer_takes_end_the_connection_and_the_lesson_goes_on_elsewhere()
    {
        var tutor = await server.A_tutor_with_hours();
        await Connect(tutor);
        var student = await server.Student();
        var confirmed = await server.A_confirmed_lesson(tutor, student);
        var lesson = confirmed.GetProperty("lessonId").GetGuid();
        await server.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("provider") == "jitsi");
        server.Jitsi.ChangeSecret();
        var by = DateTimeOffset.Parse(confirmed.Text("start")!, System.Globalization.CultureInfo.InvariantCulture) - server.Time.GetUtcNow();
        server.Time.Advance(by);
        server.Jitsi.Clock.Advance(by);
        (tutor, student) = (await server.Renewed(tutor), await server.Renewed(student));

        foreach (var who in new[] { student, tutor })
        {
            var door = await who.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
            Assert.True(door.StatusCode == HttpStatusCode.OK, await door.Content.ReadAsStringAsync());
            Assert.Equal("built-in", (await door.Json()).Text("provider"));
        }
        var card = await ConnectServer.Says(tutor, "jitsi");
        Assert.Equal(("dead", "keys_refused", "reconnect"), (card.GetProperty("own").Text("state"), card.GetProperty("own").Text("code"), card.Text("needs")));
        Assert.Equal(["provider_connected", "provider_connection_died"], await School.EventsOf(server, ConnectServer.StreamOf(tutor, "jitsi")));

        await Connect(tutor);
        Assert.Equal("own", (await ConnectServer.Says(tutor, "jitsi")).Text("account"));
    }

    [Fact]
    public async Task A_coming_lesson_goes_elsewhere_when_the_server_is_disconnected()
    {
        var tutor = await server.A_tutor_with_hours();
        await Connect(tutor);
        var lesson = (await server.A_confirmed_lesson(tutor, await server.Student())).GetProperty("lessonId").GetGuid();
        await server.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("provider") == "jitsi");

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync(ConnectServer.PathOf(tutor, "jitsi"))).StatusCode);

        await server.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("provider") == "built-in" && l.GetProperty("meeting").Text("state") == "ready");
    }

    [Theory]
    [InlineData("http://192.168.1.20")]
    [InlineData("https://jitsi.lan/room")]
    [InlineData("javascript://jitsi.lan")]
    public async Task Also_where_local_servers_are_allowed_an_address_has_to_be_a_safe_one(string domain)
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        var refused = await tutor.Http.PostAsJsonAsync(ConnectServer.PathOf(tutor, "jitsi/keys"), new { domain, appId = "muse", secret = new string('s', 40) });
        await refused.IsProblem(HttpStatusCode.UnprocessableEntity, "wrong_domain");
        Assert.Equal(events, await server.EventsAsync());
    }

    /// <summary>With what the imitation shows to people.</summary>
    /// <summary>A look at a server is shared for some seconds, with the other tests' too.</summary>
    private void ForgetWhatWasSeen()
    {
        server.Time.Advance(TimeSpan.FromSeconds(4));
        server.Jitsi.Clock.Advance(TimeSpan.FromSeconds(4));
    }

    private async Task Connect(SignedIn tutor)
    {
        ForgetWhatWasSeen();
        var keys = server.Jitsi.Keys.ToDictionary(key => key.Name, key => key.Value);
        var answer = await tutor.Http.PostAsJsonAsync(
            ConnectServer.PathOf(tutor, "jitsi/keys"), new { domain = keys["Address"], appId = keys["App ID"], secret = keys["Secret"] });
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<bool> WasTried(SignedIn tutor) => (await ConnectServer.Says(tutor, "jitsi")).GetProperty("own").TryGetProperty("triedAt", out _);

    private static async Task<string> Door(SignedIn who, Guid lesson)
    {
        var answer = await who.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Json()).Text("joinUrl")!;
    }

    private static async Task<string> Visit(string door)
    {
        using var browser = new HttpClient();
        var answer = await browser.GetAsync(new Uri(door));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}
