using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Jitsi;

namespace Muse.Adapters.Tests.Jitsi;

/// <summary>
/// A Jitsi server that was down counted as one that has every room, and wrong keys as right ones: nobody had asked it, so everybody was sent to
/// a dead door and none had a way on.
/// </summary>
public class JitsiPulseTests
{
    private static readonly CancellationToken Now = CancellationToken.None;

    [Theory]
    [InlineData(null)]
    [InlineData("Academy")]
    public async Task A_server_says_whether_the_keys_are_its_own(string? tenant)
    {
        await using var jitsi = await Started(new JitsiImitation(jaas: false, tenant));
        await using var wired = Wire(jitsi);

        Assert.Equal(new JitsiSight(KeysSeen.Taken), await wired.Pulse.Ask(wired.School, tutors: false, Now));
        var wrong = wired.School with { Key = JitsiKey.Hs256(GivenJitsi.Secret)! };
        Assert.Equal(new JitsiSight(KeysSeen.Refused, "Invalid signature"), await wired.Pulse.Ask(wrong, tutors: false, Now));
        var another = wired.School with { Issuer = "another" };
        Assert.Equal(new JitsiSight(KeysSeen.Refused, "Invalid issuer ('iss' claim)"), await wired.Pulse.Ask(another, tutors: false, Now));
    }

    [Fact]
    public async Task A_server_without_BOSH_answers_and_says_nothing_of_the_keys()
    {
        await using var jitsi = await Started(new JitsiImitation(jaas: false) { HidesBosh = true });
        await using var wired = Wire(jitsi);

        Assert.Equal(new JitsiSight(KeysSeen.Unseen), await wired.Pulse.Ask(wired.School, tutors: false, Now));
    }

    [Fact]
    public async Task A_server_that_takes_anything_is_found_out_and_one_that_checks_is_not()
    {
        await using var jitsi = await Started(new JitsiImitation(jaas: false));
        await using var wired = Wire(jitsi);

        Assert.False(await wired.Pulse.TakesAnything(wired.School, tutors: false, Now));
        jitsi.TakesAnybody = true;
        Assert.True(await wired.Pulse.TakesAnything(wired.School, tutors: false, Now));
    }

    [Fact]
    public async Task Of_JaaS_only_its_script_is_asked_and_no_token_leaves()
    {
        await using var jitsi = await Started(new JitsiImitation());
        await using var wired = Wire(jitsi);

        Assert.Equal(new JitsiSight(KeysSeen.Unseen), await wired.Pulse.Ask(wired.School, tutors: false, Now));

        var seen = Assert.Single(jitsi.Seen);
        Assert.Equal(("GET", $"/{jitsi.AppId}/external_api.js", ""), (seen.Method, seen.Path, seen.Query));
        Assert.DoesNotContain("Authorization", seen.Headers.Keys);
    }

    [Theory]
    [InlineData(Fault.BrokenBefore, "unreachable")]
    [InlineData(Fault.BrokenAfter, "unreachable")]
    [InlineData(Fault.SilentBefore, "timed_out")]
    [InlineData(Fault.SilentAfter, "timed_out")]
    [InlineData(Fault.Unauthorized, "provider_error")]
    [InlineData(Fault.TooMany, "too_many_requests")]
    [InlineData(Fault.TooManyWithWait, "too_many_requests")]
    [InlineData(Fault.ServerError, "provider_error")]
    [InlineData(Fault.BadGateway, "provider_error")]
    [InlineData(Fault.SlowBody, null)]
    [InlineData(Fault.Redirect, null)]
    public async Task Trouble_at_a_server_is_told_by_its_name(Fault fault, string? code)
    {
        foreach (var jaas in new[] { true, false })
        {
            await using var jitsi = await Started(new JitsiImitation(jaas));
            await using var wired = Wire(jitsi);
            jitsi.Faults.Next(fault, "GET", ".js");

            var sight = wired.Pulse.Ask(wired.School, tutors: false, Now);

            Assert.Equal(code, code is null && await sight is not null ? null : (await Assert.ThrowsAsync<ProviderTrouble>(() => sight)).Code);
            Assert.Equal(1, jitsi.Faults.Met);
        }
    }

    [Theory]
    [InlineData(Fault.BadGateway, "provider_error")]
    [InlineData(Fault.BrokenAfter, "unreachable")]
    [InlineData(Fault.BrokenJson, "unreadable_answer")]
    public async Task A_web_server_whose_prosody_is_away_lets_nobody_in_either(Fault fault, string code)
    {
        await using var jitsi = await Started(new JitsiImitation(jaas: false));
        await using var wired = Wire(jitsi);
        jitsi.Faults.Next(fault, "POST", "/http-bind");

        Assert.Equal(code, (await Assert.ThrowsAsync<ProviderTrouble>(() => wired.Pulse.Ask(wired.School, tutors: false, Now))).Code);
    }

    [Fact]
    public async Task A_page_in_place_of_the_script_is_no_Jitsi()
    {
        var parked = GivenJitsi.Pulse(_ => Answer("<!doctype html><title>This domain is for sale</title>"));

        foreach (var server in new[] { GivenJitsi.SelfHosted(), GivenJitsi.Jaas })
            Assert.Equal("unreadable_answer", (await Assert.ThrowsAsync<ProviderTrouble>(() => parked.Ask(server, tutors: false, Now))).Code);
    }

    [Theory]
    [InlineData("var config = {\n    hosts: {\n        // XMPP domain.\n        domain: 'jitsi.example.com',\n\n        // anonymousdomain: 'guest.example.com',\n    },\n}", "jitsi.example.com")]
    [InlineData("config.hosts = {};\nconfig.hosts.domain = 'meet.jitsi';\nconfig.hosts.muc = 'muc.meet.jitsi';", "meet.jitsi")]
    [InlineData("var config = { hosts: { domain: 'meet.example.com', muc: 'conference.meet.example.com' } };\nconfig.hosts.domain = 'meet.jitsi';\n// config.hosts.domain = 'old';", "meet.jitsi")]
    [InlineData("var config = { hosts: { anonymousdomain: 'guest.example.com' } };", "meet.example.org")]
    public async Task The_XMPP_host_is_the_one_that_the_servers_own_pages_use(string config, string host)
    {
        var asked = new List<string>();
        var pulse = GivenJitsi.Pulse(request =>
        {
            if (request.Content is null) return Answer(config);
            using var body = new StreamReader(request.Content.ReadAsStream());
            asked.Add(body.ReadToEnd());
            return Answer("<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='host-unknown'/>");
        });

        Assert.Equal(KeysSeen.Unseen, (await pulse.Ask(GivenJitsi.SelfHosted(), tutors: false, Now)).Keys);
        Assert.Contains($" to=\"{host}\"", Assert.Single(asked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-allowed/><text>Invalid signature</text></failure>", KeysSeen.Refused)]
    [InlineData("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-allowed/><text>could not obtain public key</text></failure>", KeysSeen.Unseen)]
    [InlineData("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>", KeysSeen.Unseen)]
    [InlineData("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>", KeysSeen.Unseen)]
    [InlineData("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", KeysSeen.Taken)]
    [InlineData("", KeysSeen.Unseen)]
    public async Task Only_a_refusal_of_the_token_itself_counts_against_the_keys(string told, KeysSeen keys)
    {
        var pulse = GivenJitsi.Pulse(request => Answer(request.Content is null ? "var config = {};"
            : $"<body xmlns='http://jabber.org/protocol/httpbind' sid='s'>{told}</body>"));

        Assert.Equal(keys, (await pulse.Ask(GivenJitsi.SelfHosted(), tutors: false, Now)).Keys);
    }

    [Fact]
    public async Task A_hundred_lessons_at_once_make_one_look_and_a_later_one_looks_again()
    {
        await using var jitsi = await Started(new JitsiImitation(jaas: false));
        var clock = new ImitationClock();
        await using var wired = Wire(jitsi, clock);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => wired.Pulse.Ask(wired.School, tutors: false, Now)));
        Assert.Equal(3, jitsi.Seen.Count);
        jitsi.Down = true;
        clock.Advance(TimeSpan.FromSeconds(4));

        await Assert.ThrowsAsync<ProviderTrouble>(() => wired.Pulse.Ask(wired.School, tutors: false, Now));
        await Assert.ThrowsAsync<ProviderTrouble>(() => wired.Pulse.Ask(wired.School, tutors: false, Now));
        Assert.Equal(4, jitsi.Seen.Count);
    }

    [Fact]
    public async Task A_tutors_name_that_leads_into_this_network_is_not_asked()
    {
        await using var jitsi = await Started(JitsiImitation.OfATutor());
        var server = new JitsiServer(new Uri(jitsi.Address), null, jitsi.AppId, JitsiKey.Hs256(jitsi.Secret)!);
        await using (var strict = Wire(jitsi, localServers: false))
            Assert.Equal("unreachable", (await Assert.ThrowsAsync<ProviderTrouble>(() => strict.Pulse.Ask(server, tutors: true, Now))).Code);
        Assert.Empty(jitsi.Seen);

        await using var trusting = Wire(jitsi);
        Assert.Equal(KeysSeen.Taken, (await trusting.Pulse.Ask(server, tutors: true, Now)).Keys);
    }

    [Fact]
    public async Task Refused_keys_arrange_nothing_and_the_schools_server_takes_the_lesson()
    {
        await using var tutors = await Started(JitsiImitation.OfATutor());
        await using var schools = await Started(new JitsiImitation(jaas: false));
        var order = GivenJitsi.Order();
        var keys = $$"""{"domain":"{{tutors.Address}}","appId":"{{tutors.AppId}}","secret":"{{tutors.Secret}}"}""";
        var connected = new ConnectedKeys(new() { [order.TutorId] = new AccountAccess(keys, Dead: false) });
        await using var wired = Wire(schools);
        var meetings = new JitsiMeetings(wired.School, GivenJitsi.Rooms(), wired.Pulse, connected, localServers: true);
        var own = (await meetings.Arrange(order, Now)).Place!;
        Assert.Equal(MeetingAccount.Tutor, own.Account);
        tutors.ChangeSecret();
        wired.Clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode), await meetings.Look(order, own.Reference, Now));
        Assert.Equal([keys], connected.Refused);
        Assert.Equal(MeetingAccount.School, (await meetings.Arrange(order, Now)).Place!.Account);
        schools.ChangeSecret();
        wired.Clock.Advance(TimeSpan.FromSeconds(4));

        var failed = await meetings.Arrange(order, Now);
        Assert.Equal(MeetingAnswer.NotPermittedCode, failed.FailureCode);
        Assert.Contains("Invalid signature", failed.FailureDetail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_tutors_server_is_down_the_schools_takes_the_lesson_and_only_when_none_takes_it_is_there_trouble()
    {
        await using var tutors = await Started(JitsiImitation.OfATutor());
        await using var schools = await Started(new JitsiImitation(jaas: false));
        var order = GivenJitsi.Order();
        var keys = $$"""{"domain":"{{tutors.Address}}","appId":"{{tutors.AppId}}","secret":"{{tutors.Secret}}"}""";
        var connected = new ConnectedKeys(new() { [order.TutorId] = new AccountAccess(keys, Dead: false) });
        await using var wired = Wire(schools);
        var meetings = new JitsiMeetings(wired.School, GivenJitsi.Rooms(), wired.Pulse, connected, localServers: true);
        var ownOnly = new JitsiMeetings(null, GivenJitsi.Rooms(), wired.Pulse, connected, localServers: true);

        tutors.Down = true;
        var place = (await meetings.Arrange(order, Now)).Place!;
        Assert.Equal(MeetingAccount.School, place.Account);
        Assert.StartsWith(schools.Address, place.JoinUrl, StringComparison.Ordinal);
        Assert.StartsWith(place.JoinUrl, await meetings.DoorFor(GivenJitsi.Child, order, place, Now), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProviderTrouble>(() => ownOnly.Arrange(order, Now));

        schools.Down = true;
        wired.Clock.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<ProviderTrouble>(() => meetings.Arrange(order, Now));
        // Down is not the same as keys that are refused: the connection stays.
        Assert.Empty(connected.Refused);

        tutors.Down = false;
        wired.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(MeetingAccount.Tutor, (await meetings.Arrange(order, Now)).Place!.Account);
    }

    private static async Task<JitsiImitation> Started(JitsiImitation jitsi)
    {
        await jitsi.StartAsync();
        return jitsi;
    }

    private static HttpResponseMessage Answer(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "text/xml") };

    /// <summary>As the product wires it, from the settings that the imitation names.</summary>
    private static Wired Wire(JitsiImitation jitsi, ImitationClock? clock = null, bool localServers = true)
    {
        clock ??= new ImitationClock();
        var settings = jitsi.Settings.ToDictionary(s => s.Key, s => (string?)s.Value);
        settings["Meetings:Jitsi:TimeoutSeconds"] = "1";
        settings["Meetings:Jitsi:AllowLocalServers"] = $"{localServers}";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new Wired(new ServiceCollection().AddSingleton<TimeProvider>(clock).AddJitsi(configuration, new byte[32]).BuildServiceProvider(), clock);
    }

    private sealed record Wired(ServiceProvider Services, ImitationClock Clock) : IAsyncDisposable
    {
        public JitsiPulse Pulse => Services.GetRequiredService<JitsiPulse>();

        public JitsiServer School => Services.GetRequiredService<JitsiOptions>().Server()!;

        public ValueTask DisposeAsync() => Services.DisposeAsync();
    }
}
