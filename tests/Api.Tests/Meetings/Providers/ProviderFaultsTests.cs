using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

public sealed class ZoomFaultsTests(ZoomSchool school) : FaultGrid(school), IClassFixture<ZoomSchool>
{
    internal static (string Method, string Path) Call(string step) => step switch
    {
        "arrange" => ("POST", "/meetings"),
        "move" => ("PATCH", "/meetings/"),
        _ => ("DELETE", "/meetings/"),
    };

    protected override (string Method, string Path) CallOf(string step) => Call(step);

    // Zoom would make a second meeting, so what is there is listed first.
    protected override int StruckInARow(string step) => step == "arrange" ? 1 : 3;

    /// <summary>Zoom knows Muse's address, and has to know that Muse knows the secret.</summary>
    protected override async Task Listening() => Assert.True(await school.Zoom.Validate());

    protected override Task Told() => school.Zoom.Told();

    // It signs the moment, and Muse takes nothing that is more than five minutes off.
    protected override int WhenItsClockIsWrong => 401;

    protected override async Task TellAgain()
    {
        school.Pass(TimeSpan.FromMinutes(20));
        await school.Zoom.RetryDue();
    }
}

public sealed class ZoomLastingFaultsTests(ZoomSchool school) : LastingFaultGrid(school), IClassFixture<ZoomSchool>
{
    protected override (string Method, string Path) CallOf(string step) => ZoomFaultsTests.Call(step);

    protected override string? LeavesFor(Fault fault, string step) => fault switch
    {
        Fault.BrokenBefore => "unreachable",
        Fault.SilentBefore => "timed_out",
        // Once more with a new token; then the school's app is switched off, as far as anybody can tell.
        Fault.Unauthorized => "not_permitted",
        Fault.TooMany or Fault.TooManyWithWait => "too_many_requests",
        Fault.ServerError or Fault.BadGateway or Fault.Redirect => "provider_error",
        // It happened: Muse looks for the lesson's meeting and reads what became of it.
        _ => null,
    };

    protected override string NotAllowedToWithdraw => "not_permitted";
}

public sealed class GoogleFaultsTests(GoogleSchool school) : FaultGrid(school), IClassFixture<GoogleSchool>
{
    internal static (string Method, string Path) Call(string step) => step switch
    {
        "arrange" => ("POST", "/events"),
        "move" => ("PATCH", "/events/"),
        _ => ("DELETE", "/events/"),
    };

    protected override (string Method, string Path) CallOf(string step) => Call(step);

    // One event; the list is what the watch over the calendar asks for, by a clock of its own, and it once took a fault that was meant for a look.
    protected override string LookPath => "/events/";

    // Google refuses a second event of the same id, so making is just tried again; before a change the event is read.
    protected override int StruckInARow(string step) => step == "move" ? 1 : 3;

    /// <summary>A channel of the calendar in which the lessons are.</summary>
    protected override async Task Listening()
    {
        await Play("arrange", () => { });
        school.Google.Webhooks.Lose = false;
        school.Pass(TimeSpan.FromSeconds(61));
        await school.Services.GetRequiredService<WatchCalendars>().RunOnce(TestContext.Current.CancellationToken);
        Assert.NotEmpty(school.Google.OpenChannels);
    }

    // It pushes before it answers the call that changed something.
    protected override Task Told() => Task.CompletedTask;

    // A push carries no time: it says only that there is something to read.
    protected override int WhenItsClockIsWrong => 204;

    // It repeats what was not answered in time, and cannot know that Muse had heard it.
    protected override Task TellAgain() => school.Google.PushAgain();
}

public sealed class GoogleLastingFaultsTests(GoogleSchool school) : LastingFaultGrid(school), IClassFixture<GoogleSchool>
{
    protected override (string Method, string Path) CallOf(string step) => GoogleFaultsTests.Call(step);

    protected override string? LeavesFor(Fault fault, string step) => fault switch
    {
        Fault.BrokenBefore => "unreachable",
        Fault.SilentBefore => "timed_out",
        Fault.Unauthorized => "account_disconnected",
        Fault.TooMany or Fault.TooManyWithWait => "too_many_requests",
        Fault.ServerError or Fault.BadGateway or Fault.Redirect => "provider_error",
        // Google says itself that the lesson's event is there, but not while it never answers a creation.
        Fault.BrokenAfter when step == "arrange" => "unreachable",
        Fault.SilentAfter when step == "arrange" => "timed_out",
        _ => null,
    };

    protected override string NotAllowedToWithdraw => "account_disconnected";
}
