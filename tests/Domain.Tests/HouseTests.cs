using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Muse.Domain.Tests;

/// <summary>The layout of the house, read from the project files: docs/architecture.md says why each direction is as it is.</summary>
public sealed class HouseTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    [Theory]
    [InlineData("Domain", new string[0], new[] { "NodaTime" })]
    [InlineData("Fragments", new string[0], new string[0])]
    [InlineData("SelfHostedMedia", new[] { "Fragments" }, new string[0])]
    [InlineData("Adapters", new[] { "Domain", "Fragments" }, null)]
    [InlineData("Api", new[] { "Domain", "Fragments", "SelfHostedMedia", "Adapters" }, null)]
    public void A_project_refers_only_to_what_lies_beneath_it(string project, string[] projects, string[]? packages)
    {
        var file = Path.Combine(Root, "src", project, $"{project}.csproj");
        if (!File.Exists(file))
            Assert.Skip($"src/{project} does not exist yet");
        var references = XDocument.Load(file).Descendants("ProjectReference").Select(r => Name(r, "Include"));
        Assert.Empty(references.Except(projects));
        if (packages is not null)
            Assert.Empty(XDocument.Load(file).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value).Except(packages));
    }

    [Fact]
    public void Every_project_below_src_has_its_place_in_the_order()
    {
        var known = new[] { "Domain", "Fragments", "SelfHostedMedia", "Adapters", "Api" };
        var found = Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension);
        Assert.Empty(found.Except(known));
    }

    [Fact]
    public void The_domain_and_the_media_server_know_no_database_and_no_HTTP()
    {
        foreach (var project in (string[])["Domain", "SelfHostedMedia"])
            Assert.DoesNotContain("FrameworkReference", File.ReadAllText(Path.Combine(Root, "src", project, $"{project}.csproj")), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_are_concepts_and_never_kinds()
    {
        string[] kinds =
            ["Handlers", "Validators", "Dtos", "Services", "Helpers", "Utils", "Utilities", "Managers", "Common", "Core", "Extensions", "Interfaces", "Models"];
        var folders = Directory.GetDirectories(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj", "node_modules", "wwwroot"]).Any())
            .Select(Path.GetFileName);
        Assert.Empty(folders.Intersect(kinds, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Every_test_project_is_a_suite_of_the_test_command()
    {
        var suites = File.ReadAllText(Path.Combine(Root, "tests", "suites.json"));
        foreach (var project in Directory.GetFiles(Path.Combine(Root, "tests"), "*.Tests.csproj", SearchOption.AllDirectories))
            Assert.Contains($"\"tests/{Path.GetFileNameWithoutExtension(project)}\"", suites, StringComparison.Ordinal);
    }

    private static string Name(XElement reference, string attribute) =>
        Path.GetFileNameWithoutExtension(reference.Attribute(attribute)!.Value.Replace('\\', '/'));

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
