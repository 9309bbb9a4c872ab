using System.Net;
using System.Net.Http.Json;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A school with all providers configured, one tutor, one student in London.</summary>
public abstract class WholeSchool : ProviderServer
{
    private int _lessons;
    private DateTime _today;

    protected WholeSchool()
    {
        Zoom = Imitate(new Imitations.Zoom.ZoomImitation { WritesPerDay = 100_000, LimitsPerSecond = false });
        Google = Imitate(new Imitations.Google.GoogleImitation());
        Imitate(new Imitations.Jitsi.JitsiImitation());
        // A grid writes more in a minute than a host may in a day.
        With("Meetings:Zoom:WritesPerDay", "100000");
        // Google opens channels to such an origin only; the pushes come by the imitation's own way.
        With("MUSE_ORIGIN", "https://muse.example");
        Zoom.Webhooks.Lose = Google.Webhooks.Lose = true;
    }

    protected override string Facts => "webhooks";

    /// <summary>Faults that keep silent cost a test this long.</summary>
    protected override int Timeout => 2;

    public Imitations.Zoom.ZoomImitation Zoom { get; }

    public Imitations.Google.GoogleImitation Google { get; }

    public SignedIn Teacher { get; private set; } = null!;

    public SignedIn Pupil { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var imitation in Imitations)
        {
            imitation.Webhooks.Through(Server.CreateHandler());
            imitation.Webhooks.Patience = TimeSpan.FromMinutes(1);
        }
        _today = Time.GetUtcNow().AddHours(9).Date;
        Teacher = await this.A_tutor_with_hours();
        Pupil = await this.Student();
    }

    /// <summary>Two hours apart, from the third day on.</summary>
    public string NextTime()
    {
        var number = _lessons++;
        return _today.AddDays(3 + number / 12).AddHours(number % 12 * 2).ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The server's time and its providers' go on together; who is signed in signs in again.</summary>
    public void Pass(TimeSpan time)
    {
        Time.Advance(time);
        foreach (var imitation in Imitations) imitation.Clock.Advance(time);
    }

    /// <summary>Confirmed a moment ago; its meeting is on its way.</summary>
    public async Task<(Guid Lesson, System.Text.Json.JsonElement Booking)> A_new_lesson()
    {
        Teacher = await this.Renewed(Teacher);
        Pupil = await this.Renewed(Pupil);
        var asked = await Pupil.Http.PostAsJsonAsync("/v1/bookings", new
        {
            tutorId = Teacher.TutorId,
            studentId = Pupil.StudentId,
            startLocal = NextTime(),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
            provider = ProviderName,
        });
        Assert.True(asked.StatusCode == HttpStatusCode.Created, await asked.Content.ReadAsStringAsync());
        var confirmed = await Teacher.Tells(await asked.Json(), "confirm");
        Assert.True(confirmed.StatusCode == HttpStatusCode.OK, await confirmed.Content.ReadAsStringAsync());
        var booking = await confirmed.Json();
        return (booking.GetProperty("lessonId").GetGuid(), booking);
    }
}

public sealed class ZoomSchool : WholeSchool
{
    public override string ProviderName => ProviderPolicy.Zoom;

    public override Imitation Imitation => Zoom;
}

public sealed class GoogleSchool : WholeSchool
{
    public override string ProviderName => ProviderPolicy.GoogleMeet;

    public override Imitation Imitation => Google;
}
