using Muse.Adapters.Postgres;
using Muse.Domain.People;
using Muse.Given;

namespace Muse.Adapters.Tests.Postgres;

public sealed class PersonKeysTests : IAsyncLifetime
{
    private Database _database = null!;
    private PersonKeys _keys = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        _keys = new PersonKeys(_database.Source);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task What_was_sealed_opens_again_in_order_and_shows_nothing_before()
    {
        var (mina, noor) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var fever = await _keys.Seal(mina, "열이 나요 (she has a fever)", default);
        var concert = await _keys.Seal(noor, "حفلة", default);

        Assert.DoesNotContain("fever", fever.Box, StringComparison.Ordinal);
        Assert.Equal(["حفلة", "열이 나요 (she has a fever)"], await _keys.Open([concert, fever], default));
    }

    [Fact]
    public async Task The_same_words_sealed_twice_look_different()
    {
        var person = Guid.CreateVersion7();
        Assert.NotEqual((await _keys.Seal(person, "ill", default)).Box, (await _keys.Seal(person, "ill", default)).Box);
    }

    [Fact]
    public async Task A_person_whose_key_is_gone_is_forgotten_and_the_others_are_not()
    {
        var (forgotten, kept) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        SealedText[] texts = [await _keys.Seal(forgotten, "a", default), await _keys.Seal(kept, "b", default)];
        await _database.ExecuteAsync($"delete from person_keys where person_id = '{forgotten}'");

        Assert.Equal([null, "b"], await _keys.Open(texts, default));
    }

    [Fact]
    public async Task A_box_does_not_open_for_another_person_nor_when_it_was_changed()
    {
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var text = await _keys.Seal(one, "words", default);
        await _keys.Seal(other, "makes the key", default);
        var bytes = Convert.FromBase64String(text.Box);
        bytes[^1] ^= 1;

        Assert.Equal(
            [null, null, null, null],
            await _keys.Open(
                [text with { About = other }, text with { Box = Convert.ToBase64String(bytes) }, text with { Box = "not base64" }, text with { Box = "" }],
                default));
    }

    [Fact]
    public async Task Twenty_who_need_a_new_key_at_once_get_the_same()
    {
        var person = Guid.CreateVersion7();
        var texts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _keys.Seal(person, $"{i}", default)));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await _keys.Open(texts, default));
    }
}
