using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Consents;
using Muse.Domain.Guardians;
using NodaTime;

namespace Muse.Api.Tests.Consents;

public sealed class ConsentTests(TheServer server) : IClassFixture<TheServer>
{
    private static string Path(Guid person, string purpose = "recording") => $"/v1/people/{person}/consents/{purpose}";

    private static async Task<JsonElement> Read(SignedIn who, Guid person) => await (await who.Http.GetAsync(Path(person))).Json();

    /// <param name="seen">The version that the caller saw; -1: no header at all.</param>
    private static Task<HttpResponseMessage> Gives(SignedIn who, Guid person, long seen = 0)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, Path(person));
        if (seen == 0)
            request.Headers.IfNoneMatch.ParseAdd("*");
        else if (seen > 0)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{seen}\""));
        return who.Http.SendAsync(request);
    }

    private static Task<HttpResponseMessage> Revokes(SignedIn who, Guid person) => who.Http.DeleteAsync(Path(person));

    private Task<string[]> Said(Guid person) => server.EventsOf(NameBasedId.From(person, "consent"));

    /// <summary>A guardian with a child: the child's person, its student id, and its tablet.</summary>
    private async Task<(SignedIn Guardian, Guid Person, Guid Student, SignedIn Tablet)> A_family(string birthDate = "2015-03-14")
    {
        var guardian = await server.Guardian();
        var added = await (await guardian.Http.PostAsJsonAsync($"/v1/guardians/{guardian.GuardianId}/children",
            new { displayName = "Layla", birthDate, country = "AE", timeZone = "Asia/Dubai", locale = "ar-AE" })).Json();
        var student = added.GetProperty("studentId").GetGuid();
        var me = await (await guardian.Http.GetAsync("/v1/me")).Json();
        return (guardian, me.GetProperty("children")[0].GetProperty("personId").GetGuid(), student, await Tablet(guardian, student));
    }

    private async Task<SignedIn> Tablet(SignedIn guardian, Guid student)
    {
        var link = await (await guardian.Http.PostAsync($"/v1/guardians/{guardian.GuardianId}/children/{student}/device-links", null)).Json();
        var tokens = await (await server.Anyone().PostAsJsonAsync("/v1/tokens", new { deviceLink = link.Text("link") })).Json();
        var http = server.Anyone();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Text("accessToken"));
        return guardian with { Http = http };
    }

    [Fact]
    public async Task Somebody_of_age_agrees_and_takes_it_back()
    {
        var tutor = await server.Tutor();
        Assert.Equal((false, 0, true), Stand(await Read(tutor, tutor.PersonId)));

        var given = await Gives(tutor, tutor.PersonId);
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        Assert.Equal("\"1\"", given.Headers.ETag!.Tag);
        foreach (var shown in new[] { await given.Json(), await Read(tutor, tutor.PersonId) })
        {
            Assert.Equal((true, 1, true), Stand(shown));
            Assert.Equal(("recording", "in_app", "own", "Kim Min-ji"),
                (shown.Text("purpose"), shown.Text("method"), shown.GetProperty("by").Text("voice"), shown.GetProperty("by").Text("displayName")));
            Assert.Equal(JsonValueKind.String, shown.GetProperty("givenAt").ValueKind);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await Revokes(tutor, tutor.PersonId)).StatusCode);
        Assert.Equal((false, 2, true), Stand(await Read(tutor, tutor.PersonId)));
        Assert.Equal(HttpStatusCode.OK, (await Gives(tutor, tutor.PersonId, seen: 2)).StatusCode);
        Assert.Equal(["consent_given", "consent_revoked", "consent_given"], await Said(tutor.PersonId));
    }

    private static (bool Given, long Version, bool MayDecide) Stand(JsonElement view) =>
        (view.GetProperty("given").GetBoolean(), view.GetProperty("version").GetInt64(), view.GetProperty("mayDecide").GetBoolean());

    [Fact]
    public async Task A_guardian_decides_for_a_child_and_the_child_reads_it()
    {
        var (guardian, child, _, tablet) = await A_family();

        Assert.Equal(HttpStatusCode.OK, (await Gives(guardian, child)).StatusCode);

        var shown = await Read(tablet, child);
        Assert.Equal((true, 1, false), Stand(shown));
        Assert.Equal(("guardian", guardian.PersonId), (shown.GetProperty("by").Text("voice"), shown.GetProperty("by").GetProperty("personId").GetGuid()));
        Assert.Equal((true, 1, true), Stand(await Read(guardian, child)));
        // What is said of the child is not said of the guardian.
        Assert.Equal((false, 0, true), Stand(await Read(guardian, guardian.PersonId)));
    }

    [Fact]
    public async Task A_child_neither_agrees_nor_takes_back_and_no_event_is_written()
    {
        var (guardian, child, _, tablet) = await A_family();
        await Gives(guardian, child);
        var events = await server.EventsAsync();

        await (await Gives(tablet, child, seen: 1)).IsProblem(HttpStatusCode.Forbidden, "consent_needs_guardian");
        await (await Revokes(tablet, child)).IsProblem(HttpStatusCode.Forbidden, "consent_needs_guardian");

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Who_is_seventeen_with_an_account_of_their_own_cannot_agree_either()
    {
        var born = server.Time.GetUtcNow().AddYears(-17).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var student = await server.SignUp(["student"], "Ji-woo", "KR", "Asia/Seoul", "ko-KR", birthDate: born);
        var events = await server.EventsAsync();

        await (await Gives(student, student.PersonId)).IsProblem(HttpStatusCode.Forbidden, "consent_needs_guardian");

        Assert.Equal((false, 0, false), Stand(await Read(student, student.PersonId)));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task One_guardian_takes_back_what_the_other_gave()
    {
        var (mother, child, student, _) = await A_family();
        var father = await server.Guardian("Yusuf Haddad");
        await using (var session = server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            var stream = await session.FetchForWriting<Guardian>(father.GuardianId!.Value);
            stream.AppendOne(new ChildAdded(father.GuardianId.Value, student, child, Instant.FromDateTimeOffset(server.Time.GetUtcNow())));
            await session.SaveChangesAsync();
        }
        await Gives(mother, child);

        Assert.Equal(HttpStatusCode.NoContent, (await Revokes(father, child)).StatusCode);

        Assert.False((await Read(mother, child)).GetProperty("given").GetBoolean());
        // The mother's page still shows the old state: what it says does not count.
        var events = await server.EventsAsync();
        await (await Gives(mother, child, seen: 1)).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Saying_what_stands_already_writes_no_event()
    {
        var student = await server.Student();
        var events = await server.EventsAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await Revokes(student, student.PersonId)).StatusCode);
        Assert.Equal(events, await server.EventsAsync());

        await Gives(student, student.PersonId);
        events = await server.EventsAsync();
        Assert.Equal((true, 1, true), Stand(await (await Gives(student, student.PersonId, seen: 1)).Json()));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Theory]
    [InlineData(-1, HttpStatusCode.PreconditionRequired, "precondition_required")]
    [InlineData(0, HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData(1, HttpStatusCode.PreconditionFailed, "version_mismatch")]
    public async Task Agreeing_needs_the_version_that_stands_and_a_refusal_writes_no_event(long seen, HttpStatusCode status, string code)
    {
        var student = await server.Student();
        await Gives(student, student.PersonId);
        await Revokes(student, student.PersonId);
        var events = await server.EventsAsync();

        await (await Gives(student, student.PersonId, seen)).IsProblem(status, code);

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Of_many_first_words_at_once_one_is_kept()
    {
        var student = await server.Student();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Gives(student, student.PersonId)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PreconditionFailed, $"{answer.StatusCode}"));
        Assert.Equal(["consent_given"], await Said(student.PersonId));
    }

    [Fact]
    public async Task Taking_back_counts_whatever_is_said_at_the_same_time()
    {
        var student = await server.Student();
        await Gives(student, student.PersonId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Revokes(student, student.PersonId)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
        Assert.Equal(["consent_given", "consent_revoked"], await Said(student.PersonId));
    }

    [Fact]
    public async Task Nobody_else_reads_or_says_it_and_no_event_is_written()
    {
        var tutor = await server.A_tutor_with_hours();
        var (guardian, child, student, _) = await A_family();
        // Also of the same lesson: there the other side is told yes or no, and not who said it and when.
        await server.A_confirmed_lesson(tutor, guardian with { StudentId = student });
        await Gives(guardian, child);
        var otherFamily = await A_family();
        SignedIn[] strangers = [tutor, await server.Student(), otherFamily.Guardian, otherFamily.Tablet, await server.Admin()];
        var events = await server.EventsAsync();

        foreach (var who in strangers)
        {
            await (await who.Http.GetAsync(Path(child))).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await Gives(who, child, seen: 1)).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await Revokes(who, child)).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        await (await guardian.Http.GetAsync(Path(child, "broadcast"))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await guardian.Http.PutAsync(Path(child, "broadcast"), null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.True((await Read(guardian, child)).GetProperty("given").GetBoolean());
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_lesson_says_whether_everybody_has_agreed_and_for_whom_nobody_has()
    {
        var tutor = await server.A_tutor_with_hours();
        var (guardian, child, student, tablet) = await A_family();
        var lesson = (await server.A_confirmed_lesson(tutor, guardian with { StudentId = student })).GetProperty("lessonId").GetGuid();

        async Task<string> Missing(SignedIn who)
        {
            var one = (await (await who.Http.GetAsync($"/v1/lessons/{lesson}")).Json()).GetProperty("recordingConsent");
            var listed = (await (await who.Http.GetAsync("/v1/lessons")).Json()).GetProperty("items")[0].GetProperty("recordingConsent");
            Assert.Equal(one.ToString(), listed.ToString());
            var missing = string.Join(',', one.GetProperty("missing").EnumerateArray().Select(part => part.GetString()));
            Assert.Equal(missing.Length == 0, one.GetProperty("everybody").GetBoolean());
            return missing;
        }

        Assert.Equal("tutor,student", await Missing(tutor));
        await Gives(tutor, tutor.PersonId);
        Assert.Equal("student", await Missing(tablet));
        await Gives(guardian, child);
        Assert.Equal("", await Missing(guardian));
        await Revokes(tutor, tutor.PersonId);
        Assert.Equal("tutor", await Missing(tutor));
    }

    [Fact]
    public async Task What_a_guardian_agreed_to_ends_on_the_day_the_child_is_of_age()
    {
        // Of age the day after tomorrow, on the clock of Dubai.
        var born = server.Time.GetUtcNow().AddHours(4).AddYears(-18).AddDays(2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var tutor = await server.A_tutor_with_hours();
        var (guardian, child, student, _) = await A_family(born);
        var lesson = (await server.A_confirmed_lesson(tutor, guardian with { StudentId = student }, days: 5)).GetProperty("lessonId").GetGuid();
        await Gives(guardian, child);
        await Gives(tutor, tutor.PersonId);
        Assert.True((await Read(guardian, child)).GetProperty("given").GetBoolean());

        server.Time.Advance(TimeSpan.FromDays(2));
        guardian = await server.Renewed(guardian);

        Assert.Equal((false, 1, false), Stand(await Read(guardian, child)));
        Assert.Equal("student", Assert.Single((await (await guardian.Http.GetAsync($"/v1/lessons/{lesson}")).Json())
            .GetProperty("recordingConsent").GetProperty("missing").EnumerateArray()).GetString());
        var events = await server.EventsAsync();
        await (await Gives(guardian, child, seen: 1)).IsProblem(HttpStatusCode.Forbidden, "of_age");
        await (await Revokes(guardian, child)).IsProblem(HttpStatusCode.Forbidden, "of_age");
        // The guardian can make such a tablet at any time: it is not the grown child's own word.
        await (await Gives(await Tablet(guardian, student), child, seen: 1)).IsProblem(HttpStatusCode.Forbidden, "consent_needs_guardian");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task One_question_tells_of_many_people_who_has_agreed()
    {
        var (guardian, child, _, _) = await A_family();
        var (tutor, student) = (await server.Tutor(), await server.Student());
        foreach (var (who, person) in new[] { (guardian, child), (tutor, tutor.PersonId), (student, student.PersonId) })
            await Gives(who, person);
        await Revokes(student, student.PersonId);
        var rows = server.Services.GetRequiredService<ConsentRows>();

        var agreed = await rows.WhoAgreed(
            ConsentPurpose.Recording, [child, tutor.PersonId, student.PersonId, guardian.PersonId, Guid.CreateVersion7()], CancellationToken.None);

        Assert.Equal(new[] { child, tutor.PersonId }.Order(), agreed.Order());
        Assert.Empty(await rows.WhoAgreed(ConsentPurpose.Recording, [], CancellationToken.None));
    }
}
