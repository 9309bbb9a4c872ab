using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Muse.Api.Tests.Http;

namespace Muse.Api.Tests.OpenApi;

public sealed partial class ReadingTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task What_the_text_for_machines_links_to_is_there()
    {
        var text = await Text("/llms.txt", "text/plain");
        Assert.StartsWith("# Muse\n\n> ", text, StringComparison.Ordinal);
        var links = Links().Matches(text).Select(link => link.Groups[1].Value).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links)
            Assert.Equal(HttpStatusCode.OK, (await server.Anyone().GetAsync(link)).StatusCode);
    }

    [Fact]
    public async Task What_the_text_for_machines_calls_can_be_called()
    {
        var known = EveryRoute.Known.Select(route => route.Key).ToHashSet();
        var calls = Calls().Matches(await Text("/llms.txt", "text/plain")).Select(call => call.Groups[1].Value.Replace("{id}", "{}", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(calls);
        Assert.Empty(calls.Except(known));
    }

    [Fact]
    public async Task The_guide_is_served_as_it_stands_in_the_repository()
    {
        var guide = await Text("/docs/integrators.md", "text/markdown");
        Assert.Equal(Guide(), guide);
    }

    [Fact]
    public async Task The_contract_is_a_page_without_a_script_that_the_policy_forbids()
    {
        var page = await Text("/openapi/ui/index.html", "text/html");
        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)", page);
        var scripts = Scripts().Matches(page).Select(script => script.Groups[1].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var answer = await server.Anyone().GetAsync($"/openapi/ui/{script}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Contains("/openapi/v1.json", await server.Anyone().GetStringAsync("/openapi/ui/index.js"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/docs/../appsettings.json")]
    [InlineData("/docs/%2e%2e/%2e%2e/Muse.Api.dll")]
    [InlineData("/docs/nothing.md")]
    public async Task Nothing_else_is(string path) => Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(path)).StatusCode);

    private static string Guide([CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs", "integrators.md"));

    private async Task<string> Text(string path, string type)
    {
        var answer = await server.Anyone().GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex(@"\]\((/[^)]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex("`([A-Z]+ /v1/[^`]+)`")]
    private static partial Regex Calls();

    [GeneratedRegex("<script[^>]*src=\"([^\"]+)\"")]
    private static partial Regex Scripts();
}
