using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Recordings;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Tests.Recordings;

/// <summary>What all providers' stores have in common, against a store on this machine.</summary>
public sealed class RecordingDownloadTests : IAsyncDisposable
{
    private const string Wire = "store";

    private readonly ServiceProvider _services = new ServiceCollection().AddHttpClient(Wire).Services.BuildServiceProvider();
    private WebApplication? _store;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 200, "", 0L, 4L)]
    [InlineData(2, 206, "bytes 2-3/4", 2L, 4L)]
    [InlineData(4, 416, "bytes */4", 4L, 4L)]
    [InlineData(2, 200, "", 0L, 4L)]
    public async Task Bytes_begin_where_the_store_says(long from, int status, string range, long begins, long size)
    {
        var address = await Store(async http =>
        {
            http.Response.StatusCode = status;
            if (range.Length > 0) http.Response.Headers.ContentRange = range;
            if (status is 200) http.Response.ContentLength = 4;
            if (status < 300) await http.Response.Body.WriteAsync("data"u8.ToArray().AsMemory((int)begins));
        });

        var answer = await Download().Ask(address, null, from, Ct);
        await using var bytes = (await RecordingDownload.Bytes(answer, from, Ct))!.Bytes!;

        Assert.Equal((begins, (long?)size), (bytes.From, bytes.Size));
        using var read = new MemoryStream();
        await bytes.Content.CopyToAsync(read, Ct);
        Assert.Equal(size - begins, read.Length);
    }

    [Theory]
    [InlineData(2, 206, "bytes 1-3/4")]
    [InlineData(2, 206, "")]
    [InlineData(2, 416, "bytes */9")]
    [InlineData(0, 404, "")]
    [InlineData(0, 500, "")]
    public async Task Another_range_than_the_one_asked_for_and_every_error_is_left_to_the_caller(long from, int status, string range)
    {
        var address = await Store(http =>
        {
            http.Response.StatusCode = status;
            if (range.Length > 0) http.Response.Headers.ContentRange = range;
            return Task.CompletedTask;
        });

        using var answer = await Download().Ask(address, null, from, Ct);

        Assert.Null(await RecordingDownload.Bytes(answer, from, Ct));
        Assert.Equal("provider_error", Download().Unexpected(answer).Code);
    }

    [Fact]
    public async Task The_token_and_the_offset_travel_in_the_request()
    {
        var seen = ("", "");
        var address = await Store(http =>
        {
            seen = (http.Request.Headers.Authorization.ToString(), http.Request.Headers.Range.ToString());
            return Task.CompletedTask;
        });

        using (await Download().Ask(address, "opens", 7, Ct)) Assert.Equal(("Bearer opens", "bytes=7-"), seen);
        using (await Download().Ask(address, null, 0, Ct)) Assert.Equal(("", ""), seen);
    }

    [Fact]
    public async Task A_store_that_is_not_there_or_says_nothing_is_trouble_that_may_pass()
    {
        var silent = await Store(http => Task.Delay(Timeout.Infinite, http.RequestAborted));

        var late = await Assert.ThrowsAsync<ProviderTrouble>(() => Download(TimeSpan.FromMilliseconds(200)).Ask(silent, null, 0, Ct));
        var gone = await Assert.ThrowsAsync<ProviderTrouble>(() => Download().Ask(new Uri("http://127.0.0.1:9/"), null, 0, Ct));

        Assert.Equal(("timed_out", "unreachable"), (late.Code, gone.Code));
    }

    [Fact]
    public async Task Who_stops_waiting_is_no_trouble_of_the_store()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var silent = await Store(async http =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Download().Ask(silent, null, 0, stop.Token));
    }

    [Theory]
    [InlineData("https://store.example/a", "https://api.example", true)]
    [InlineData("http://store.example/a", "http://127.0.0.1:1", false)]
    [InlineData("http://127.0.0.1:2/a", "http://127.0.0.1:1", true)]
    [InlineData("http://127.0.0.1:2/a", "https://api.example", false)]
    [InlineData("http://127.0.0.1:2/a", null, false)]
    [InlineData("file:///etc/passwd", "http://127.0.0.1:1", false)]
    public void Only_https_is_asked_or_this_machine_where_the_provider_is_on_it(string address, string? own, bool isAsked) =>
        Assert.Equal(isAsked, RecordingDownload.MayBeAsked(new Uri(address), own));

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        await _services.DisposeAsync();
    }

    private RecordingDownload Download(TimeSpan? patience = null) =>
        new(_services.GetRequiredService<IHttpClientFactory>(), Wire, "The store", patience ?? TimeSpan.FromSeconds(10));

    private async Task<Uri> Store(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _store = builder.Build();
        _store.Run(answer);
        await _store.StartAsync(Ct);
        return new Uri(_store.Urls.First());
    }
}
