using Muse.Api.Operations;

namespace Muse.Api.Tests.Operations;

public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"muse-test-{Guid.NewGuid():n}");

    [Fact]
    public void A_secret_stays_the_same_and_only_its_owner_reads_it()
    {
        var made = new DataFolder(_folder).ReadOrCreateSecret("a", 32);
        Assert.Equal(32, made.Length);
        Assert.Equal(made, new DataFolder(_folder).ReadOrCreateSecret("a", 32));
        Assert.NotEqual(made, new DataFolder(_folder).ReadOrCreateSecret("b", 32));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(_folder, "secrets", "a")));
    }

    [Fact]
    public void Others_can_pass_through_the_folder_and_enter_neither_keys_nor_secrets()
    {
        var data = new DataFolder(_folder);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute, File.GetUnixFileMode(data.Root));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(data.Keys));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(data.PathOf("secrets")));
    }

    [Fact]
    public void A_secret_that_others_can_read_is_not_used()
    {
        var data = new DataFolder(_folder);
        data.ReadOrCreateSecret("a", 32);
        File.SetUnixFileMode(data.PathOf("secrets/a"), OwnerOnly | UnixFileMode.GroupRead);
        Assert.Throws<InvalidOperationException>(() => data.ReadOrCreateSecret("a", 32));
    }

    [Fact]
    public async Task Sixteen_that_make_a_secret_at_once_all_get_the_same()
    {
        var data = new DataFolder(_folder);
        // Many names, because once is not enough: a look and a rename instead of a link passed it for weeks, and then gave five secrets.
        foreach (var name in Enumerable.Range(0, 100).Select(i => $"a{i}"))
        {
            using var together = new Barrier(16);
            var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(() =>
            {
                together.SignalAndWait();
                return Convert.ToHexString(data.ReadOrCreateSecret(name, 32));
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(all.Distinct());
        }

        Assert.Equal(100, Directory.GetFiles(data.PathOf("secrets")).Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
