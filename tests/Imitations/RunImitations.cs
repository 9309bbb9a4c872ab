using System.Globalization;
using System.Text;
using Muse.Imitations.Google;
using Muse.Imitations.Trying;

namespace Muse.Imitations;

/// <summary>
/// Runs the imitated providers for people who try Muse without an account (<c>./muse up --demo --imitations</c>): a page at the first port, a
/// provider at each of the next ones.
/// </summary>
/// <remarks>
/// <c>MUSE_IMITATIONS_PORT</c> (5090) is the first port. <c>MUSE_IMITATIONS_FOR</c> is the origin of the Muse that gets the webhooks.
/// <c>MUSE_IMITATIONS_SETTINGS</c> names a file that is written once all of them listen: lines for a shell that export Muse's configuration,
/// but for what is in the environment already. A provider whose <c>Meetings__…__Facts</c> there is <c>polling</c> posts nothing.
/// With <c>MUSE_IMITATIONS_PARENT</c> (a process id) everything ends as soon as that is no longer this process's parent.
/// With the word <c>network</c> it is an imitated network instead (<see cref="Network.RunNetwork"/>).
/// </remarks>
internal static class RunImitations
{
    public static async Task<int> Main(string[] words)
    {
        if (words is ["network"]) return await Network.RunNetwork.RunAsync(Environment.GetEnvironmentVariable("MUSE_IMITATIONS_PARENT"));
        var first = int.Parse(Environment.GetEnvironmentVariable("MUSE_IMITATIONS_PORT") ?? "5090", CultureInfo.InvariantCulture);
        var muse = Environment.GetEnvironmentVariable("MUSE_IMITATIONS_FOR") ?? "http://localhost:5080";
        var providers = Providers.All();
        await using var page = new TryingPage(providers, muse);
        try
        {
            foreach (var (provider, index) in providers.Select((provider, index) => (provider, index)))
            {
                // Where the person says that Muse asks for what happened, nothing is posted.
                provider.MuseOrigin = Own($"{provider.Section}:Facts") == "polling" ? null : muse;
                await provider.StartAsync(first + 1 + index);
                if (provider is GoogleImitation google) google.Doors = google.OwnDoors;
            }
            await page.StartAsync(first);
        }
        catch (IOException taken)
        {
            await Console.Error.WriteLineAsync($"muse: the imitations cannot listen ({taken.Message.TrimEnd('.')}); MUSE_IMITATIONS_PORT names the first of {providers.Count + 1} free ports");
            foreach (var provider in providers) await provider.DisposeAsync();
            return 1;
        }

        if (Environment.GetEnvironmentVariable("MUSE_IMITATIONS_SETTINGS") is { } file)
            WriteSettings(file, providers);
        Console.WriteLine($"Imitated providers (no account needed): {page.Address}");
        foreach (var provider in providers)
            Console.WriteLine($"  {provider.Title,-16} {provider.Address}");

        await ParentWatch.UntilGoneAsync(Environment.GetEnvironmentVariable("MUSE_IMITATIONS_PARENT"), page.Stopping);
        foreach (var provider in providers) await provider.DisposeAsync();
        return 0;
    }

    /// <summary>What the person who starts Muse has set already, which goes before the imitations' settings.</summary>
    private static string? Own(string setting) => Environment.GetEnvironmentVariable(Variable(setting));

    private static string Variable(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Written beside and renamed, so that whoever waits for it never reads half of it; it holds secrets, so it is the owner's alone.</summary>
    private static void WriteSettings(string file, IEnumerable<Imitation> providers)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in providers.SelectMany(provider => provider.Settings).Where(setting => Own(setting.Key) is null))
            text.Append("export ").Append(Variable(name)).Append("='").Append(value.Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        var beside = file + ".new";
        using (var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
            stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        File.Move(beside, file, overwrite: true);
    }
}
