using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Muse.Domain.Tests;

/// <summary>The layout of the house, read from the project files: docs/architecture.md says why each direction is as it is.</summary>
public sealed class HouseTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    // What a project may refer to, lowest first; a null list of packages means any.
    private static readonly Dictionary<string, (string[] Projects, string[]? Packages)> Order = new()
    {
        ["Domain"] = ([], ["NodaTime"]),
        ["Fragments"] = ([], []),
        ["SelfHostedMedia"] = (["Fragments"], []),
        ["Adapters"] = (["Domain", "Fragments"], null),
        ["Api"] = (["Domain", "Fragments", "SelfHostedMedia", "Adapters"], null),
    };

    public static TheoryData<string> Projects =>
        [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_lies_beneath_it(string project)
    {
        Assert.Contains(project, Order.Keys);
        var (projects, packages) = Order[project];
        var file = XDocument.Load(Path.Combine(Root, "src", project, $"{project}.csproj"));
        Assert.Empty(file.Descendants("ProjectReference").Select(r => Name(r, "Include")).Except(projects));
        if (packages is not null)
            Assert.Empty(file.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value).Except(packages));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Nothing_of_the_tests_and_their_imitations_is_in_the_product(string project)
    {
        var file = XDocument.Load(Path.Combine(Root, "src", project, $"{project}.csproj"));
        var included = file.Descendants().Select(e => e.Attribute("Include")?.Value.Replace('\\', '/')).OfType<string>();
        Assert.DoesNotContain(included, path => path.Contains("tests/", StringComparison.Ordinal));
        var sources = Directory.GetFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj"]).Any());
        Assert.DoesNotContain(sources, f => File.ReadAllText(f).Contains("Muse.Imitations", StringComparison.Ordinal));
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
