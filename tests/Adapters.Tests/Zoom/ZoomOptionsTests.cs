using Muse.Adapters.Zoom;

namespace Muse.Adapters.Tests.Zoom;

public sealed class ZoomOptionsTests
{
    [Fact]
    public void Without_any_setting_there_is_nothing_wrong_and_nobody_served()
    {
        var options = new ZoomOptions();

        Assert.Null(options.Fault());
        Assert.False(options.HasAccount);
        Assert.Null(options.HostOf(Guid.NewGuid(), "tutor@muse.example"));
    }

    [Theory]
    [InlineData(nameof(ZoomOptions.AccountId))]
    [InlineData(nameof(ZoomOptions.ClientId))]
    [InlineData(nameof(ZoomOptions.ClientSecret))]
    public void An_account_that_is_half_set_is_named(string missing)
    {
        var options = Whole();
        typeof(ZoomOptions).GetProperty(missing)!.SetValue(options, null);

        Assert.Contains($"Meetings:Zoom:{missing} is missing", options.Fault());
    }

    [Fact]
    public void A_host_without_an_account_is_no_setting()
    {
        Assert.Contains("Meetings:Zoom:AccountId is missing", new ZoomOptions { DefaultHost = "host@school.example" }.Fault());
        Assert.Contains("Meetings:Zoom:AccountId is missing", new ZoomOptions { Hosts = { ["kim@school.example"] = "host@school.example" } }.Fault());
    }

    [Fact]
    public void Whatever_is_wrong_is_named_and_no_secret_is_told()
    {
        Assert.Null(Whole().Fault());
        var wrong = new (string Says, Action<ZoomOptions> Break)[]
        {
            ("names no host", o => o.DefaultHost = null),
            ("ApiUrl", o => o.ApiUrl = "http://api.zoom.us/v2"),
            ("TokenUrl", o => o.TokenUrl = "zoom.us"),
            ("Facts", o => o.Facts = "guessing"),
            ("TimeoutSeconds", o => o.TimeoutSeconds = 0),
            ("TimeoutSeconds", o => o.TimeoutSeconds = 61),
            ("WritesKeptForMoves", o => o.WritesKeptForMoves = 100),
            ("Hosts:somebody", o => o.Hosts["somebody"] = " "),
        };
        foreach (var (says, breaks) in wrong)
        {
            var options = Whole();
            breaks(options);
            Assert.Contains(says, options.Fault());
            Assert.DoesNotContain("top-secret", options.Fault());
        }
    }

    [Fact]
    public void A_tutor_has_the_host_of_the_id_then_of_the_address_then_the_common_one()
    {
        var tutor = Guid.NewGuid();
        var options = Whole();
        options.Hosts[tutor.ToString()] = "by-id@school.example";
        options.Hosts["Tutor@Muse.example"] = "by-mail@school.example";

        Assert.Equal("by-id@school.example", options.HostOf(tutor, "tutor@muse.example"));
        Assert.Equal("by-mail@school.example", options.HostOf(Guid.NewGuid(), "tutor@muse.example"));
        Assert.Equal("host@school.example", options.HostOf(Guid.NewGuid(), null));
    }

    private static ZoomOptions Whole() => new()
    {
        AccountId = "a",
        ClientId = "c",
        ClientSecret = "top-secret",
        DefaultHost = "host@school.example",
    };
}
