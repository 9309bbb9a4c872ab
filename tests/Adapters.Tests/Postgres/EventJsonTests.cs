using System.Text.Json;
using Muse.Adapters.Postgres;
using NodaTime;

namespace Muse.Adapters.Tests.Postgres;

public sealed class EventJsonTests
{
    private enum Mood
    {
        VeryCalm
    }

    private sealed record Times(Instant At, LocalDateTime Local, LocalDate Day, LocalTime Time, Duration Length, Mood Mood, string Text, string? Note = null);

    [Fact]
    public void Times_are_written_as_RFC_3339_enums_in_snake_case_and_Hangul_as_it_is()
    {
        var times = new Times(Instant.FromUtc(2026, 12, 7, 8, 0), new LocalDateTime(2026, 12, 7, 17, 0), new LocalDate(2026, 12, 7), new LocalTime(17, 0),
            Duration.FromMinutes(90), Mood.VeryCalm, "바이올린");
        var json = EventJson.Write(times);
        Assert.Equal(
            """{"at":"2026-12-07T08:00:00Z","local":"2026-12-07T17:00:00","day":"2026-12-07","time":"17:00:00","length":"1:30:00","mood":"very_calm","text":"바이올린","note":null}""",
            json);
        Assert.Equal(times, EventJson.Read<Times>(json));
    }

    [Fact]
    public void An_instant_is_cut_to_microseconds_as_PostgreSQL_keeps_it()
    {
        var instant = Instant.FromUtc(2026, 12, 7, 8, 0).PlusTicks(1_234_567);
        Assert.Equal("\"2026-12-07T08:00:00.123456Z\"", EventJson.Write(instant));
        Assert.Equal(Instant.FromUtc(2026, 12, 7, 8, 0).PlusTicks(1_234_560), EventJson.Read<Instant>(EventJson.Write(instant)));
    }

    [Theory]
    [InlineData("\"2026-12-07T08:00:00+00:00\"")]
    [InlineData("\"2026-12-07 08:00:00Z\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("1780000000")]
    [InlineData("null")]
    public void What_is_no_instant_is_refused(string json) => Assert.Throws<JsonException>(() => EventJson.Read<Instant>(json));

    [Theory]
    [InlineData('\0')]
    [InlineData('\ud83c')]
    [InlineData('\udfbb')]
    public void Text_that_PostgreSQL_cannot_hold_is_not_written(char bad)
    {
        // Not as attribute strings: those are UTF-8 and cannot hold half a pair.
        var text = $"a{bad}b";
        Assert.Throws<ArgumentException>(() => EventJson.Write(text));
        Assert.False(UserText.IsStorable(text));
        Assert.Equal("ab", UserText.Clean(text));
        Assert.Equal(("unstorable_text", "/name"), UserText.Refuse(text, "/name") is { } refusal ? (refusal.Code, refusal.Pointer) : default);
    }

    [Fact]
    public void A_whole_surrogate_pair_and_everything_else_is_left_alone()
    {
        const string text = "🎻 바이올린 \u200f كمان \u0001";
        Assert.Same(text, UserText.Clean(text));
        Assert.Null(UserText.Refuse(text, "/name"));
        Assert.Equal(text, EventJson.Read<string>(EventJson.Write(text)));
    }
}
