using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

public class JitsiMeetingsTests
{
    private static readonly CancellationToken Now = CancellationToken.None;

    [Fact]
    public async Task Arranging_again_finds_the_same_room()
    {
        var first = await Schools().Arrange(GivenJitsi.Order(), Now);
        var again = await Schools().Arrange(GivenJitsi.Order(), Now);

        Assert.Equal(first.Place, again.Place);
        Assert.Equal($"https://meet.example.org/{first.Place!.Reference}", first.Place.JoinUrl);
    }

    [Fact]
    public void A_room_has_160_bits_in_lower_case_and_nobody_without_the_secret_knows_it()
    {
        var server = GivenJitsi.SelfHosted();
        var lesson = GivenJitsi.Order().LessonId;
        var names = Enumerable.Range(0, 2_000).Select(_ => GivenJitsi.Rooms().NameOf(Guid.NewGuid(), server)).ToHashSet();

        Assert.Equal(2_000, names.Count);
        Assert.All(names, name => Assert.Matches("^[a-z2-7]{32}$", name));
        // Every place of the name takes every letter.
        Assert.All(Enumerable.Range(0, 32), place => Assert.Equal(32, names.Select(name => name[place]).Distinct().Count()));
        Assert.NotEqual(GivenJitsi.Rooms(1).NameOf(lesson, server), GivenJitsi.Rooms(2).NameOf(lesson, server));
    }

    [Fact]
    public void A_room_of_another_server_has_another_name_and_a_renewed_secret_changes_none()
    {
        var lesson = GivenJitsi.Order().LessonId;
        var name = GivenJitsi.Rooms().NameOf(lesson, GivenJitsi.SelfHosted());

        Assert.NotEqual(name, GivenJitsi.Rooms().NameOf(lesson, GivenJitsi.SelfHosted("other.example.org")));
        Assert.NotEqual(name, GivenJitsi.Rooms().NameOf(lesson, GivenJitsi.Jaas));
        Assert.Equal(name, GivenJitsi.Rooms().NameOf(lesson, GivenJitsi.SelfHosted(secret: "another-secret-that-is-long-enough")));
    }

    [Fact]
    public async Task A_move_keeps_the_room_and_gives_tokens_the_new_time()
    {
        var meetings = Schools();
        var place = (await meetings.Arrange(GivenJitsi.Order(), Now)).Place!;
        var later = GivenJitsi.Order() with { Start = GivenJitsi.Start + Duration.FromDays(2) };

        var moved = await meetings.Move(later, place.Reference, Now);
        var door = await meetings.DoorFor(GivenJitsi.Child, later, place, Now);

        Assert.Equal(place with { Account = null }, moved.Place);
        Assert.Equal((GivenJitsi.Start + Duration.FromDays(2) - Duration.FromMinutes(11)).ToUnixTimeSeconds(),
            GivenJitsi.Segment(GivenJitsi.TokenIn(door), 1).GetProperty("nbf").GetInt64());
    }

    [Fact]
    public async Task Withdrawing_twice_or_without_a_reference_succeeds()
    {
        var meetings = Schools();
        var place = (await meetings.Arrange(GivenJitsi.Order(), Now)).Place!;

        Assert.Null((await meetings.Withdraw(GivenJitsi.Order(), place.Reference, Now)).FailureCode);
        Assert.Null((await meetings.Withdraw(GivenJitsi.Order(), place.Reference, Now)).FailureCode);
        Assert.Null((await meetings.Withdraw(GivenJitsi.Order(), null, Now)).FailureCode);
    }

    [Fact]
    public async Task The_door_carries_the_token_to_the_server_and_the_settings_for_music_past_it()
    {
        var meetings = Schools();
        var place = (await meetings.Arrange(GivenJitsi.Order(), Now)).Place!;

        var door = new Uri(await meetings.DoorFor(GivenJitsi.Tutor, GivenJitsi.Order(), place, Now));

        Assert.Equal(place.JoinUrl, door.GetLeftPart(UriPartial.Path));
        var settings = Uri.UnescapeDataString(door.Fragment[1..]).Split('&');
        foreach (var wanted in new[]
        {
            "config.disableAP=true", "config.stereo=true", "config.audioQuality.stereo=true", "config.audioQuality.opusMaxAverageBitrate=128000",
            "config.enableNoisyMicDetection=false", "config.subject=\"Muse lesson\"", "config.defaultLanguage=\"ko\"",
        })
            Assert.Contains(wanted, settings);
        Assert.DoesNotContain("config.defaultLanguage", await meetings.DoorFor(GivenJitsi.Tutor with { Locale = "en-GB" }, GivenJitsi.Order(), place, Now));
        Assert.DoesNotContain("jwt", place.JoinUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_title_cannot_break_out_of_the_fragment()
    {
        var meetings = Schools();
        var order = GivenJitsi.Order() with { Title = "a\"&config.disableAP=false#\\" };
        var place = (await meetings.Arrange(order, Now)).Place!;

        var door = new Uri(await meetings.DoorFor(GivenJitsi.Tutor, order, place, Now));

        Assert.DoesNotContain("config.disableAP=false", door.Fragment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tutors_own_server_goes_first()
    {
        var order = GivenJitsi.Order();
        var meetings = With(GivenJitsi.SelfHosted(), (order.TutorId, Keys("jitsi.tutor.example")));

        var place = (await meetings.Arrange(order, Now)).Place!;

        Assert.StartsWith("https://jitsi.tutor.example/", place.JoinUrl, StringComparison.Ordinal);
        Assert.StartsWith(place.JoinUrl, await meetings.DoorFor(GivenJitsi.Child, order, place, Now), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_connects_a_server_later_still_gets_into_rooms_that_were_arranged_before()
    {
        var order = GivenJitsi.Order();
        var place = (await Schools().Arrange(order, Now)).Place!;
        var meetings = With(GivenJitsi.SelfHosted(), (order.TutorId, Keys("jitsi.tutor.example")));

        Assert.Equal(MeetingPresence.There, (await meetings.Look(order, place.Reference, Now)).Presence);
        Assert.StartsWith("https://meet.example.org/", await meetings.DoorFor(GivenJitsi.Child, order, place, Now), StringComparison.Ordinal);
        Assert.Equal(place with { Account = null }, (await meetings.Move(order, place.Reference, Now)).Place);
    }

    [Fact]
    public async Task A_room_whose_server_was_disconnected_is_gone_and_nobody_gets_a_token_for_it()
    {
        var order = GivenJitsi.Order();
        var place = (await With(null, (order.TutorId, Keys("jitsi.tutor.example"))).Arrange(order, Now)).Place!;
        foreach (var meetings in new[] { Schools(), With(null), With(null, (order.TutorId, new AccountAccess(Keys("jitsi.tutor.example").Token, Dead: true))) })
        {
            Assert.Equal(MeetingPresence.Gone, (await meetings.Look(order, place.Reference, Now)).Presence);
            Assert.Equal(MeetingAnswer.GoneCode, (await meetings.Move(order, place.Reference, Now)).FailureCode);
            var refused = await Assert.ThrowsAsync<ProviderTrouble>(() => meetings.DoorFor(GivenJitsi.Child, order, place, Now));
            Assert.Equal(MeetingAnswer.DisconnectedCode, refused.Code);
        }
    }

    [Fact]
    public async Task A_place_of_another_lesson_opens_no_door()
    {
        var meetings = Schools();
        var place = (await meetings.Arrange(GivenJitsi.Order(Guid.NewGuid()), Now)).Place!;

        await Assert.ThrowsAsync<ProviderTrouble>(() => meetings.DoorFor(GivenJitsi.Child, GivenJitsi.Order(), place, Now));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"domain":"meet.example.org","appId":"muse","secret":"short"}""")]
    [InlineData("""{"domain":"meet.example.org/path","appId":"muse","secret":"the-secret-that-prosody-knows-too"}""")]
    [InlineData("""{"domain":"http://meet.example.org","appId":"muse","secret":"the-secret-that-prosody-knows-too"}""")]
    [InlineData("""{"domain":"user@meet.example.org","appId":"muse","secret":"the-secret-that-prosody-knows-too"}""")]
    [InlineData("""{"domain":"javascript://meet.example.org","appId":"muse","secret":"the-secret-that-prosody-knows-too"}""")]
    [InlineData("""{"domain":null,"appId":7,"secret":"the-secret-that-prosody-knows-too"}""")]
    public async Task Keys_that_cannot_be_used_are_no_server(string keys)
    {
        var order = GivenJitsi.Order();
        var connected = (order.TutorId, new AccountAccess(keys, Dead: false));

        Assert.Null(JitsiServer.FromKeys(keys));
        Assert.Equal(MeetingAnswer.DisconnectedCode, (await With(null, connected).Arrange(order, Now)).FailureCode);
        Assert.StartsWith("https://meet.example.org/", (await With(GivenJitsi.SelfHosted(), connected).Arrange(order, Now)).Place!.JoinUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tutors_local_server_is_used_only_where_such_are_allowed()
    {
        var order = GivenJitsi.Order();
        var connected = new ConnectedKeys(new() { [order.TutorId] = Keys("http://127.0.0.1:5094") });

        Assert.Equal(MeetingAnswer.DisconnectedCode, (await new JitsiMeetings(null, GivenJitsi.Rooms(), GivenJitsi.Answering, connected).Arrange(order, Now)).FailureCode);
        var allowed = new JitsiMeetings(null, GivenJitsi.Rooms(), GivenJitsi.Answering, connected, localServers: true);
        Assert.StartsWith("http://127.0.0.1:5094/", (await allowed.Arrange(order, Now)).Place!.JoinUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_door_of_the_tutors_own_server_is_noted_as_its_use_and_one_of_the_schools_is_not()
    {
        var order = GivenJitsi.Order();
        var connected = new ConnectedKeys(new() { [order.TutorId] = Keys("jitsi.tutor.example") });
        var meetings = new JitsiMeetings(GivenJitsi.SelfHosted(), GivenJitsi.Rooms(), GivenJitsi.Answering, connected);
        var atSchool = (await Schools().Arrange(order, Now)).Place!;
        var own = (await meetings.Arrange(order, Now)).Place!;

        await meetings.DoorFor(GivenJitsi.Tutor, order, atSchool, Now);
        Assert.Empty(connected.Used);
        await meetings.DoorFor(GivenJitsi.Tutor, order, own, Now);
        Assert.Equal([order.TutorId], connected.Used);
    }

    [Fact]
    public async Task Without_any_server_nobody_is_served()
    {
        var tutor = GivenJitsi.Order().TutorId;

        Assert.False(await With(null).Serves(tutor, Now));
        Assert.True(await Schools().Serves(tutor, Now));
        Assert.True(await With(null, (tutor, Keys("jitsi.tutor.example"))).Serves(tutor, Now));
        Assert.False(await With(null, (Guid.NewGuid(), Keys("jitsi.tutor.example"))).Serves(tutor, Now));
    }

    private static JitsiMeetings Schools() => With(GivenJitsi.SelfHosted());

    private static JitsiMeetings With(JitsiServer? school, params (Guid Tutor, AccountAccess Access)[] connected) =>
        new(school, GivenJitsi.Rooms(), GivenJitsi.Answering, new ConnectedKeys(connected.ToDictionary(c => c.Tutor, c => c.Access)));

    private static AccountAccess Keys(string domain) =>
        new($$"""{"domain":"{{domain}}","appId":"muse","secret":"the-secret-of-the-tutors-own-server"}""", Dead: false);
}
