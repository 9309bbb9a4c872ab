using System.Net;
using System.Text.RegularExpressions;
using Muse.Imitations;
using Muse.Imitations.Trying;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What a person does to an imitated provider on its page.</summary>
public sealed class TryingPageTests : IAsyncLifetime
{
    private readonly ZoomImitation _zoom = new();
    private readonly Imitations.Google.GoogleImitation _google = new();
    private TryingPage _page = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _zoom.StartAsync();
        await _google.StartAsync();
        _page = new TryingPage([_zoom, _google], "http://localhost");
        await _page.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_page.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _page.DisposeAsync();
        await _zoom.DisposeAsync();
        await _google.DisposeAsync();
    }

    [Fact]
    public async Task A_fault_is_shown_while_it_is_on_and_strikes_as_many_requests_as_was_said()
    {
        Assert.DoesNotContain("Take it off", await Shown(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Post("/fault", ("provider", "Zoom"), ("fault", "ServerError"), ("times", "2")));
        Assert.Contains("<strong class=\"down\">500, its own trouble</strong> for the next 2 requests", await Shown(), StringComparison.Ordinal);
        Assert.Empty(_google.Faults.On);

        Assert.Equal(HttpStatusCode.InternalServerError, await Ask(_zoom));
        Assert.Contains("for the next request\n", await Shown(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, await Ask(_zoom));
        Assert.NotEqual(HttpStatusCode.InternalServerError, await Ask(_zoom));
        Assert.DoesNotContain("Take it off", await Shown(), StringComparison.Ordinal);
    }

    // Every two seconds the whole list was drawn anew, and a fault that was half chosen jumped back to the first.
    [Fact]
    public async Task The_form_in_which_a_fault_is_chosen_is_in_no_part_that_is_drawn_anew()
    {
        var before = await Shown();
        await Post("/fault", ("provider", "Zoom"), ("fault", "ServerError"), ("times", "2"));
        var after = await Shown();
        Assert.NotEqual(before, after);
        foreach (var html in new[] { before, after })
        {
            var drawn = Regex.Matches(html, "<div data-part=\".*?(?=<div data-part=|<form class=\"fault\"|</section>)", RegexOptions.Singleline);
            Assert.Equal(4, drawn.Count);
            Assert.DoesNotContain(drawn, part => part.Value.Contains("<select", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_fault_is_taken_off_and_another_one_stays()
    {
        await Post("/fault", ("provider", "Zoom"), ("fault", "TooManyWithWait"), ("times", "5"));
        await Post("/fault", ("provider", "Zoom"), ("fault", "TooMany"), ("times", "3"));
        await Post("/fault", ("provider", "Zoom"), ("fault", "TooMany"), ("times", "4"));
        Assert.Equal([(Fault.TooManyWithWait, 5), (Fault.TooMany, 7)], _zoom.Faults.On);
        Assert.Equal(HttpStatusCode.OK, await Post("/fault/off", ("provider", "Zoom"), ("fault", "TooMany")));
        Assert.Equal([(Fault.TooManyWithWait, 5)], _zoom.Faults.On);
        Assert.Equal(HttpStatusCode.TooManyRequests, await Ask(_zoom));
    }

    [Theory]
    [InlineData("TooMany")]
    [InlineData("TooManyWithWait")]
    [InlineData("Unauthorized")]
    [InlineData("ServerError")]
    [InlineData("SlowBody")]
    [InlineData("BrokenJson")]
    [InlineData("SilentBefore")]
    [InlineData("BrokenAfter")]
    public async Task The_page_offers_it(string fault)
    {
        Assert.Contains($"<option value=\"{fault}\">", await Shown(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Post("/fault", ("provider", "Google Meet"), ("fault", fault), ("times", "1")));
        Assert.Equal((Enum.Parse<Fault>(fault), 1), Assert.Single(_google.Faults.On));
    }

    [Theory]
    [InlineData("Zoom", "Flood", "1")]
    [InlineData("Zoom", "TooMany", "0")]
    [InlineData("Zoom", "TooMany", "-1")]
    [InlineData("Zoom", "TooMany", "1001")]
    [InlineData("Zoom", "TooMany", "many")]
    [InlineData("Nobody", "TooMany", "1")]
    public async Task What_the_form_does_not_offer_is_refused(string provider, string fault, string times)
    {
        Assert.Equal(HttpStatusCode.BadRequest, await Post("/fault", ("provider", provider), ("fault", fault), ("times", times)));
        Assert.Empty(_zoom.Faults.On);
    }

    [Theory]
    [InlineData("/fault")]
    [InlineData("/fault/off")]
    public async Task Another_pages_form_changes_nothing(string path)
    {
        _zoom.Faults.Next(Fault.ServerError);
        using var request = Form(path, [("provider", "Zoom"), ("fault", "ServerError"), ("times", "1")]);
        request.Headers.Add("Origin", "http://elsewhere.example");
        using var answer = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal([(Fault.ServerError, 1)], _zoom.Faults.On);
    }

    [Theory]
    [InlineData("/happen")]
    [InlineData("/down")]
    [InlineData("/fault")]
    [InlineData("/fault/off")]
    [InlineData("/consent")]
    public async Task What_is_no_form_is_refused_and_changes_nothing(string path)
    {
        using var nothing = await _http.PostAsync(path, null, Ct);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, nothing.StatusCode);
        using var json = await _http.PostAsync(path, new StringContent("{\"provider\":\"Zoom\"}", null, "application/json"), Ct);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        using var broken = new ByteArrayContent([1, 2, 3]);
        broken.Headers.Add("Content-Type", "multipart/form-data");
        using var unreadable = await _http.PostAsync(path, broken, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, unreadable.StatusCode);
        Assert.Empty(_zoom.Faults.On);
        Assert.False(_zoom.Down);
    }

    private Task<string> Shown() => _http.GetStringAsync("/held", Ct);

    private async Task<HttpStatusCode> Ask(Imitation provider)
    {
        using var answer = await _http.GetAsync(provider.Address + "/v2/users/me", Ct);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> Post(string path, params (string Name, string Value)[] members)
    {
        using var request = Form(path, members);
        using var answer = await _http.SendAsync(request, Ct);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Form(string path, (string Name, string Value)[] members) => new(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(members.Select(m => KeyValuePair.Create(m.Name, m.Value))),
    };
}
