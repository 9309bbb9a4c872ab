using Muse.Api.Tokens;

namespace Muse.Api.Tests.Tokens;

public sealed class SigningKeysTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-keys-").FullName;
    private readonly ShiftedTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Kept => Path.Combine(_folder, "keys", "access-tokens.json");

    private SigningKeys Keys() => new(Kept, _time);

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_owner_reads()
    {
        var key = Keys().Current;

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Kept));
        Assert.Equal(key.Id, Keys().Current.Id);
    }

    [Fact]
    public void The_next_key_is_published_before_it_signs()
    {
        var keys = Keys();
        var first = keys.Current.Id;
        _time.Advance(SigningKeys.Signs - SigningKeys.PublishedBefore + TimeSpan.FromMinutes(1));

        Assert.Equal(first, keys.Current.Id);
        Assert.Equal(2, keys.Published.Count);
        var next = keys.Published[1].Id;
        _time.Advance(SigningKeys.PublishedBefore);
        Assert.Equal(next, keys.Current.Id);
    }

    [Fact]
    public void An_old_key_stays_until_its_last_token_has_died()
    {
        var keys = Keys();
        var first = keys.Current.Id;
        _time.Advance(SigningKeys.Signs - TimeSpan.FromHours(1));
        _ = keys.Current;
        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotEqual(first, keys.Current.Id);
        Assert.NotNull(keys.Find(first));

        _time.Advance(SigningKeys.KeptAfter);

        Assert.Null(keys.Find(first));
        Assert.Single(Keys().Published);
    }

    [Fact]
    public void After_a_year_of_standing_still_there_is_one_key_that_signs_at_once()
    {
        var first = Keys().Current.Id;
        _time.Advance(TimeSpan.FromDays(365));

        var keys = Keys();

        Assert.NotEqual(first, keys.Current.Id);
        Assert.True(keys.Published.Count <= 3);
    }

    [Fact]
    public void A_key_file_that_others_can_read_is_refused()
    {
        _ = Keys().Current;
        File.SetUnixFileMode(Kept, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.Throws<InvalidOperationException>(() => Keys());
    }
}
