using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Muse.Api.Operations;

/// <summary>
/// Fills a server with a demonstration, through its own HTTP interface as any client would: a tutor in Seoul, a guardian of a child in Abu Dhabi,
/// a student in London, and for the student a lesson that starts now. With providers that stand in for the real ones (<c>MUSE_IMITATIONS</c> is
/// the address of their page) there is a lesson at each, all with their doors open at once: everybody has one lesson at a time, so that takes
/// more tutors and students. Started again, it finds what is there, and books anew what is over.
/// </summary>
public sealed class Demo(Uri server, DataFolder data, TimeProvider time, string? imitations)
{
    private const int Hour = 60;

    /// <summary>Where providers are tried: long enough to read first and click then.</summary>
    private const int Long = 50;
    private const int Step = 5;

    private static readonly (string Place, string Zone) London = ("London", "Europe/London");
    private static readonly (string Place, string Zone) AbuDhabi = ("Abu Dhabi", "Asia/Dubai");

    // On weekdays 12:00 to 19:00 in Abu Dhabi and 08:00 or 09:00 to 15:00 or 16:00 in London, on Saturday 09:00 to 17:00 in Abu Dhabi: both find
    // the tutor with the hours that the search proposes.
    private static readonly object[] Weekly =
        [.. Enumerable.Range(1, 5).Select(day => new { day, start = "17:00", end = "24:00" }), new { day = 6, start = "14:00", end = "22:00" }];

    /// <summary>What to print; the demonstration never stops the server from serving.</summary>
    public static async Task<string> PrepareAsync(Listening listening, DataFolder data, TimeProvider time, string? imitations, CancellationToken ct)
    {
        var demo = new Demo(new Uri(listening.Here), data, time, imitations);
        try
        {
            return await demo.PrepareAsync(ct);
        }
        catch (Exception wrong) when (wrong is HttpRequestException or JsonException or KeyNotFoundException)
        {
            return $"The demonstration could not be prepared: {wrong.Message}\n";
        }
    }

    private async Task<string> PrepareAsync(CancellationToken ct)
    {
        var people = DemoPeople.ReadOrMake(data);
        using var tutor = await DemoClient.SignInAsync(server, people.Tutor, ct);
        using var guardian = await DemoClient.SignInAsync(server, people.Guardian, ct);
        using var student = await DemoClient.SignInAsync(server, people.Student, ct);
        var child = await ChildAsync(guardian, "Mariam", "2016-05-08", ct);
        await PresentAsync(tutor, "바이올린을 가르칩니다. I have taught children and grown-ups by video since 2020.", ct);
        if (imitations is null)
        {
            return $"""
                {SignIn([people.Tutor, people.Guardian, people.Student])}

                {await Lesson(tutor, student, student.RoleId, $"{student.Name} in London", London).PrepareAsync(Hour, ct)}


                """;
        }
        var more = DemoPeople.ReadOrMakeMore(data, people);
        return $"""
            {SignIn([people.Tutor, .. more.Tutors, people.Guardian, people.Student, .. more.Students])}

            These lessons are there, each with a tutor and a student of its own:

            {await LessonsAtAllAsync(tutor, more, guardian, child, student, ct)}

            {TryProviders}


            """;
    }

    /// <summary>Of the first tutors nobody says anything of providers, so the law and the school's order choose; the other two have an order of their own.</summary>
    private async Task<string> LessonsAtAllAsync(
        DemoClient tutor, MoreDemoPeople more, DemoClient guardian, string child, DemoClient student, CancellationToken ct)
    {
        using var second = await DemoClient.SignInAsync(server, more.Tutors[0], ct);
        using var third = await DemoClient.SignInAsync(server, more.Tutors[1], ct);
        using var fourth = await DemoClient.SignInAsync(server, more.Tutors[2], ct);
        using var otherStudent = await DemoClient.SignInAsync(server, more.Students[0], ct);
        // Free at once, for the lessons that a person books.
        using var freeTutor = await DemoClient.SignInAsync(server, more.Tutors[3], ct);
        using var freeStudent = await DemoClient.SignInAsync(server, more.Students[1], ct);
        await PresentAsync(freeTutor, "바이올린과 비올라. I have time right now.", ct);
        var brother = await ChildAsync(guardian, "Yusuf", "2014-11-20", ct);
        await PresentAsync(second, "첼로와 바이올린. I teach over Jitsi, and over Google Meet where Jitsi may not be used.", ct);
        await PresentAsync(third, "비올라. I teach wherever the school and the law put us.", ct);
        await PresentAsync(fourth, "바이올린. I teach over Jitsi, and over Google Meet where Jitsi may not be used.", ct);
        foreach (var withOrder in new[] { second, fourth })
        {
            // An order that a person has set since is theirs.
            if ((await withOrder.GetAsync($"/v1/tutors/{withOrder.RoleId}/meeting-preferences", ct)).Body.GetProperty("order").GetArrayLength() == 0)
            {
                await withOrder.PutAsync($"/v1/tutors/{withOrder.RoleId}/meeting-preferences",
                    new { order = new[] { "jitsi", "google-meet" }, musicMode = true, recording = false }, ct);
            }
        }
        return string.Join('\n', [
            await Lesson(tutor, guardian, child, "the child Mariam in Abu Dhabi", AbuDhabi).PrepareAsync(Long, ct),
            await Lesson(third, student, student.RoleId, $"{student.Name} in London", London).PrepareAsync(Long, ct),
            await Lesson(second, otherStudent, otherStudent.RoleId, $"{otherStudent.Name} in London", London).PrepareAsync(Long, ct),
            await Lesson(fourth, guardian, brother, "the child Yusuf in Abu Dhabi", AbuDhabi).PrepareAsync(Long, ct),
        ]);
    }

    private DemoLesson Lesson(DemoClient tutor, DemoClient asker, string studentId, string who, (string Place, string Zone) at) =>
        new(server, time, tutor, asker, studentId, (who, at.Place, at.Zone));

    private string SignIn(IReadOnlyList<DemoPerson> people) => $"""
        Sign in at {server.GetLeftPart(UriPartial.Authority)}, each in a browser or a private window of their own:

        {string.Join('\n', people.Select(person => $"  {$"{person.DisplayName}, {What(person)}",-46} {person.Email,-24} {person.Password}"))}
        """;

    private static string What(DemoPerson person) => person.Role switch
    {
        "tutor" => "tutor in Seoul",
        "guardian" => "guardian in Abu Dhabi",
        _ => "student in London",
    };

    /// <summary>What to click with providers that stand in for the real ones.</summary>
    private string TryProviders => $"""
        Zoom, Google Meet and Jitsi are imitated on this machine; {imitations} shows what each holds and
        lets happen there what people do: start a meeting, come, go, end it, have a recording, delete it, be down.
          - Look at Mariam's lesson as the tutor, then start its meeting there and see it in the lesson's history.
          - Book another lesson, reschedule it and see it move; cancel it and see it go; delete it there and see it made again.
          - As the tutor, connect accounts of your own under "Meeting providers" (Zoom and Google Meet: consent is one click;
            Jitsi: address and keys are on that page) and put them in your order; the next lesson uses your account.
          - Jung Ye-rin and Sophie Brown have no lesson yet: book her for any five minutes; a door opens ten minutes before its lesson.
          - Take Zoom down there and confirm a lesson: it gets another working link, and its history says why.
        docs/providers.md, "Click the whole flow", goes through it step by step.
        """;

    /// <summary>The child's id as a student.</summary>
    private static async Task<string> ChildAsync(DemoClient guardian, string displayName, string birthDate, CancellationToken ct)
    {
        var path = $"/v1/guardians/{guardian.RoleId}/children";
        foreach (var child in (await guardian.GetAsync(path, ct)).Body.GetProperty("items").EnumerateArray())
        {
            if (child.GetProperty("displayName").GetString() == displayName)
                return child.GetProperty("studentId").GetString()!;
        }
        return (await guardian.PostAsync(path, new { displayName, birthDate, country = "AE", timeZone = "Asia/Dubai", locale = "ar" }, ct)).Text("studentId");
    }

    private async Task PresentAsync(DemoClient tutor, string introduction, CancellationToken ct)
    {
        await tutor.PutAsync($"/v1/tutors/{tutor.RoleId}/profile", new
        {
            instruments = new[] { "violin", "viola" },
            languages = new[] { "ko", "en" },
            levels = new[] { "beginner", "intermediate", "advanced" },
            introduction,
            proBono = true,
        }, ct);
        // A date with hours of its own replaces its weekday: from now on, so that there is a place for the lesson.
        var start = DemoLesson.NextMinute(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var end = start.PlusMinutes(3 * Hour);
        var window = new { start = Clock(start), end = Clock(end) };
        await tutor.PutAsync($"/v1/tutors/{tutor.RoleId}/availability", new
        {
            timeZone = DemoLesson.Seoul.Id,
            weekly = Weekly,
            overrides = new[] { new { date = LocalDatePattern.Iso.Format(start.Date), windows = new[] { window } } },
            travel = Array.Empty<object>(),
            durationsMinutes = imitations is null ? [30, 45, Hour] : new[] { 10, 30, 45, Long, Hour },
            // Where providers are tried, the next lesson's door is open as soon as it is booked.
            stepMinutes = imitations is null ? 30 : Step,
            bufferBeforeMinutes = 0,
            bufferAfterMinutes = 0,
            minimumNoticeMinutes = 0,
            horizonDays = 60,
        }, ct);
    }

    private static string Clock(LocalDateTime local) => local.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}
