using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Api.Feed;
using Muse.Api.Http;
using Muse.Api.Tests.Http;

namespace Muse.Api.Tests.OpenApi;

/// <summary>Whatever an integrator, or who runs a server, can meet is written down in docs/.</summary>
public sealed partial class DocumentedTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public void Every_route_is_written_down()
    {
        var written = Code().Matches(Read("api.md") + Read("integrators.md") + Read("protocol.md") + Read("operations.md"))
            .SelectMany(code => code.Value.Replace("\\|", "|", StringComparison.Ordinal).Split(' ', '`', '?'))
            .SelectMany(Alternatives).Select(path => Parameter().Replace(path, "{}")).ToHashSet();
        var routes = EveryRoute.Of(server.Services.GetRequiredService<EndpointDataSource>()).Select(key => key[(key.IndexOf(' ') + 1)..]).Distinct()
            // The first is how the document itself is found; the others are sockets, which docs/protocol.md is about.
            .Except(["/openapi/{}.json", "/v1/rooms/{}/signal", "/v1/preflights/{}/signal"]);

        Assert.Empty(routes.Except(written));
    }

    [Fact]
    public void Every_event_is_written_down()
    {
        var written = Read("events.md");

        Assert.All(EventNames.Muse.All, type => Assert.Contains($"`{type.Name}`", written, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_public_event_is_written_down_as_the_code_says_it()
    {
        var written = Read("events.md");

        Assert.All(PublicEvents.Types, type => Assert.Contains($"| `{type.Key}` | {char.ToLowerInvariant(type.Value[0])}{type.Value[1..]} |", written, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_is_written_down()
    {
        var written = Read("operations.md") + Read("providers.md") + Read("protocol.md") + Read("media.md");
        var settings = new[] { typeof(Limits).Assembly, typeof(ZoomOptions).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type != typeof(EmbeddedPostgresOptions))
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.SetMethod is { IsPublic: true }))
            .Select(property => property.Name).Concat(Enum.GetNames<Limit>().Select(limit => $"Limits__{limit}__Burst")).Distinct().ToArray();

        Assert.True(settings.Length > 50);
        // The last part of a setting's name, or in front of a part below it.
        Assert.All(settings, name => Assert.Matches($@"(?<![a-zA-Z]){name}(?![a-zA-Z])", written));
    }

    [Fact]
    public async Task Every_error_code_of_the_contract_is_written_down()
    {
        var document = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        var listed = from path in document.GetProperty("paths").EnumerateObject()
                     from operation in path.Value.EnumerateObject()
                     where operation.Value.TryGetProperty("x-error-codes", out _)
                     from code in operation.Value.GetProperty("x-error-codes").EnumerateArray()
                     select code.GetString();

        Assert.Empty(listed.Distinct().Except(WrittenCodes()));
    }

    /// <summary>What is answered before any operation is found stands in no operation of the contract.</summary>
    [Fact]
    public void Every_error_code_that_the_border_answers_is_written_down()
    {
        var answered = Sources().SelectMany(source => Answered().Matches(source)).Select(answer => answer.Groups[1].Value).ToHashSet();

        Assert.True(answered.Count > 30);
        Assert.Empty(answered.Except(WrittenCodes()));
    }

    [Fact]
    public void No_error_code_is_written_down_that_the_code_does_not_have_and_none_twice()
    {
        var (written, sources) = (WrittenCodes(), string.Concat(Sources()));

        Assert.Equal(written.Distinct(), written);
        Assert.All(written, code => Assert.Contains($"\"{code}\"", sources, StringComparison.Ordinal));
    }

    private static List<string> WrittenCodes() => [.. WrittenCode().Matches(Read("errors.md")).Select(row => row.Groups[1].Value)];

    private static IEnumerable<string> Sources([CallerFilePath] string file = "") =>
        Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText);

    /// <summary><c>/v1/bookings/{id}/confirm|decline</c> is two.</summary>
    private static IEnumerable<string> Alternatives(string path)
    {
        var segments = path.Split('/');
        IEnumerable<string> paths = [""];
        foreach (var segment in segments.Skip(1))
        {
            var choices = segment.StartsWith('{') ? [segment] : segment.Split('|');
            paths = paths.SelectMany(before => choices.Select(choice => $"{before}/{choice}")).ToArray();
        }
        return paths;
    }

    private static string Read(string page, [CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs", page));

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex WrittenCode();

    [GeneratedRegex(@"Problems\.Of\(\s*[\w.]+,\s*""([a-z0-9_]+)""")]
    private static partial Regex Answered();

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
