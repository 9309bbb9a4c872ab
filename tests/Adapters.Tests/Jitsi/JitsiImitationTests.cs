using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Muse.Imitations;
using Muse.Imitations.Jitsi;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

/// <summary>Doors of <see cref="JitsiMeetings"/> held against a server that checks tokens as prosody and JaaS do, over HTTP.</summary>
public class JitsiImitationTests
{
    private static readonly CancellationToken Now = CancellationToken.None;
    private static readonly byte[] RoomSecret = new byte[32];

    [Fact]
    public async Task The_key_is_written_when_somebody_wants_it_and_goes_with_the_imitation()
    {
        var jitsi = new JitsiImitation();
        await jitsi.StartAsync();
        var key = jitsi.Settings["Meetings:Jitsi:PrivateKeyFile"];
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal(key, jitsi.Settings["Meetings:Jitsi:PrivateKeyFile"]);

        await jitsi.DisposeAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(key)));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(false, "Academy")]
    public async Task The_tutor_comes_in_as_moderator_and_the_child_as_guest(bool jaas, string? tenant)
    {
        await using var jitsi = new JitsiImitation(jaas, tenant);
        await jitsi.StartAsync();
        using var wired = Wire(jitsi);
        var order = Soon();
        var place = (await wired.Meetings.Arrange(order, Now)).Place!;

        var tutor = await Visit(await wired.Meetings.DoorFor(GivenJitsi.Tutor, order, place, Now));
        var child = await Visit(await wired.Meetings.DoorFor(GivenJitsi.Child, order, place, Now));

        Assert.Equal(HttpStatusCode.OK, tutor.Status);
        Assert.Contains("(moderator)", tutor.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, child.Status);
        Assert.DoesNotContain("(moderator)", child.Text, StringComparison.Ordinal);
        var room = Assert.Single(jitsi.Held);
        Assert.Equal((place.Reference, "started", 2), (room.Reference, room.State, room.Present.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_comes_in_without_a_token_early_late_into_another_room_or_with_another_key(bool jaas)
    {
        await using var jitsi = new JitsiImitation(jaas);
        await jitsi.StartAsync();
        using var wired = Wire(jitsi);
        var order = Soon();
        var place = (await wired.Meetings.Arrange(order, Now)).Place!;
        var other = order with { LessonId = Guid.NewGuid() };
        var otherPlace = (await wired.Meetings.Arrange(other, Now)).Place!;
        async Task<string> Token(MeetingOrder of, MeetingPlace at) => GivenJitsi.TokenIn(await wired.Meetings.DoorFor(GivenJitsi.Child, of, at, Now));
        var good = await Token(order, place);

        Assert.Equal(HttpStatusCode.Forbidden, (await Visit(place.JoinUrl)).Status);
        Assert.Null(await jitsi.WhyNot(place.Reference, good));
        Assert.Contains("'room'", await jitsi.WhyNot(otherPlace.Reference, good), StringComparison.Ordinal);
        Assert.Contains("'nbf' or 'exp'", await jitsi.WhyNot(place.Reference, await Token(order with { Start = order.Start + Duration.FromHours(2) }, place)), StringComparison.Ordinal);
        Assert.Contains("'nbf' or 'exp'", await jitsi.WhyNot(place.Reference, await Token(order with { Start = order.Start - Duration.FromHours(2) }, place)), StringComparison.Ordinal);
        Assert.NotNull(await jitsi.WhyNot(place.Reference, good[..^4] + "AAAA"));
        foreach (var stranger in new[]
        {
            new JitsiServer(new Uri(jitsi.Address), jitsi.Tenant, jitsi.AppId, JitsiKey.Hs256("a-secret-that-the-server-never-saw")!),
            new JitsiServer(new Uri(jitsi.Address), jitsi.Tenant, jitsi.AppId, JitsiKey.Rs256(GivenJitsi.Key, jitsi.KeyId)) { Issuer = "chat" },
            new JitsiServer(new Uri(jitsi.Address), jitsi.Tenant, jitsi.AppId, JitsiKey.Rs256(GivenJitsi.Key, "another")) { Issuer = "chat" },
        })
            Assert.NotNull(await jitsi.WhyNot(place.Reference, JitsiToken.For(stranger, place.Reference, GivenJitsi.Tutor, order)));
    }

    [Theory]
    [InlineData("iss", "'iss'")]
    [InlineData("aud", "'aud'")]
    [InlineData("sub", "'sub'")]
    public async Task A_wrong_claim_is_named(string claim, string named)
    {
        await using var jitsi = new JitsiImitation(jaas: false);
        await jitsi.StartAsync();
        var order = Soon();
        var right = new JitsiServer(new Uri(jitsi.Address), null, jitsi.AppId, JitsiKey.Hs256(jitsi.Secret)!);
        var wrong = claim switch
        {
            "iss" => right with { Issuer = "another" },
            "aud" => right with { Audience = "another" },
            _ => right with { Tenant = "another" },
        };

        Assert.Null(await jitsi.WhyNot("room", JitsiToken.For(right, "room", GivenJitsi.Tutor, order)));
        Assert.Contains(named, await jitsi.WhyNot("room", JitsiToken.For(wrong, "room", GivenJitsi.Tutor, order)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_it_posts_is_genuine_twice_the_same_and_says_who_came_whatever_the_order(bool jaas)
    {
        await using var jitsi = new JitsiImitation(jaas) { MuseOrigin = "http://muse.example" };
        await jitsi.StartAsync();
        using var wired = Wire(jitsi);
        var received = new Received(wired.Options);
        jitsi.Webhooks.Through(received);
        jitsi.Webhooks.Twice = true;
        jitsi.Webhooks.Hold = true;
        var order = Soon();
        var place = (await wired.Meetings.Arrange(order, Now)).Place!;

        await Visit(await wired.Meetings.DoorFor(GivenJitsi.Child, order, place, Now));
        await jitsi.MakeHappen(place.Reference, Happening.Join, "A stranger");
        await jitsi.MakeHappen(place.Reference, Happening.End, null);
        await jitsi.Webhooks.Release(reversed: true);

        Assert.Equal(12, received.Reports.Count);
        var told = received.Reports.DistinctBy(report => report.Key).OrderBy(report => report.At).ToArray();
        Assert.Equal(6, told.Length);
        Assert.All(told, report => Assert.Equal(place.Reference, report.Reference));
        Assert.Equal([GivenJitsi.Child.PersonId, null], told.OfType<GuestCame>().Select(came => came.Guest.PersonId).OrderBy(id => id is null));
        Assert.Equal(told.OfType<GuestCame>().Select(came => came.Guest.Stay).Order(), told.OfType<GuestWent>().Select(went => went.Guest.Stay).Order());
        Assert.Single(told.OfType<MeetingBegan>());
        Assert.Single(told.OfType<MeetingOver>());
    }

    [Fact]
    public async Task A_recording_of_JaaS_is_fetched_by_its_link_and_goes_on_where_it_stopped()
    {
        await using var jitsi = new JitsiImitation { MuseOrigin = "http://muse.example" };
        await jitsi.StartAsync();
        using var wired = Wire(jitsi);
        var received = new Received(wired.Options);
        jitsi.Webhooks.Through(received);
        await jitsi.MakeHappen("room", Happening.Join, "A guest");
        await jitsi.MakeHappen("room", Happening.RecordingReady, null);
        var file = Assert.Single(Assert.Single(received.Reports.OfType<RecordingReady>()).Files);
        var source = wired.Services.GetRequiredService<IRecordingSource>();
        var wanted = new RecordingFile(Guid.NewGuid(), Guid.NewGuid(), "room", null, file.FileId, file.MediaType, file.Size, file.Url);

        var whole = await Read(await source.Open(wanted, file.Token, 0, Now));
        var rest = await Read(await source.Open(wanted, file.Token, 60_000, Now));

        Assert.Equal(100_000, whole.Length);
        Assert.Equal(whole[60_000..], rest);
        Assert.Equal(RecordingFile.GoneCode, (await source.Open(wanted, null, 0, Now)).FailureCode);
        Assert.Equal(RecordingFile.GoneCode, (await source.Open(wanted, $"{jitsi.Address}/recordings/another/x.mp4", 0, Now)).FailureCode);
        Assert.Equal("address_refused", (await source.Open(wanted, "http://10.0.0.1/x.mp4", 0, Now)).FailureCode);
        jitsi.Faults.Next(Fault.ServerError);
        Assert.Equal("provider_error", (await Assert.ThrowsAsync<ProviderTrouble>(() => source.Open(wanted, file.Token, 0, Now))).Code);
    }

    private static async Task<byte[]> Read(OpenedRecording opened)
    {
        await using var bytes = opened.Bytes!;
        using var kept = new MemoryStream();
        await bytes.Content.CopyToAsync(kept);
        return kept.ToArray();
    }

    private static MeetingOrder Soon() => GivenJitsi.Order() with { Start = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) };

    private static async Task<(HttpStatusCode Status, string Text)> Visit(string door)
    {
        using var browser = new HttpClient();
        var answer = await browser.GetAsync(new Uri(door));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As the product wires it, from the settings that the imitation names.</summary>
    private static Wired Wire(JitsiImitation jitsi)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(jitsi.Settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
        return new Wired(new ServiceCollection().AddJitsi(configuration, RoomSecret).BuildServiceProvider());
    }

    private sealed record Wired(ServiceProvider Services) : IDisposable
    {
        public IMeetingProvider Meetings => Services.GetRequiredService<IMeetingProvider>();

        public JitsiOptions Options => Services.GetRequiredService<JitsiOptions>();

        public void Dispose() => Services.Dispose();
    }

    /// <summary>Muse's side of the wire: verifies and reads.</summary>
    private sealed class Received(JitsiOptions options) : HttpMessageHandler
    {
        public List<MeetingReport> Reports { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            var jaas = request.RequestUri!.AbsolutePath == "/v1/webhooks/jaas";
            var genuine = jaas
                ? JaasWebhook.IsGenuine(options, request.Headers.GetValues(JaasWebhook.SignatureHeader).Single(), null, body,
                    Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()))
                : EventSync.IsGenuine(options, request.Headers.Authorization?.ToString());
            if (!genuine) return new HttpResponseMessage(HttpStatusCode.Unauthorized);
            if (!jaas) Assert.Matches("^/v1/webhooks/jitsi/events/(room/(created|destroyed)|occupant/(joined|left))$", request.RequestUri.AbsolutePath);
            Reports.AddRange((jaas ? JaasWebhook.Parse(body, options.AppId) : EventSync.Parse(body))!);
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        }
    }
}
