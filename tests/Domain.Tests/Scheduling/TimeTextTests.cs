using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Scheduling;

public class TimeTextTests
{
    [Fact]
    public void The_bytes_of_long_lists_are_the_texts_of_NodaTime() =>
        Prop.ForAll((from seconds in Gen.Choose(-2_000_000_000, 2_000_000_000)
                     from far in Gen.Choose(0, 2)
                     from offset in Gen.Choose(-14 * 3600, 14 * 3600)
                     from whole in Gen.Choose(0, 3)
                     select (Seconds: seconds + (far * 2_500_000_000L), Offset: whole > 0 ? offset / 900 * 900 : offset)).ToArbitrary(), given =>
        {
            var instant = Instant.FromUnixTimeSeconds(given.Seconds);
            Span<byte> bytes = stackalloc byte[TimeText.LongestLocalLength];
            var utc = Encoding.ASCII.GetString(bytes[..TimeText.Write(bytes, given.Seconds)]);
            var local = Encoding.ASCII.GetString(bytes[..TimeText.WriteLocal(bytes, given.Seconds, given.Offset)]);
            return utc == TimeText.Of(instant) && local == TimeText.Of(instant.WithOffset(Offset.FromSeconds(given.Offset)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Theory]
    [InlineData("2026-12-07T17:00:00"), InlineData("2026-12-07T17:00"), InlineData("2028-02-29T00:00:00")]
    public void A_local_time_may_leave_out_the_seconds(string text) => Assert.False(TimeText.ReadLocal(text).IsRefused);

    [Theory]
    [InlineData("2026-12-07T17:00:00Z"), InlineData("2026-12-07T24:00:00"), InlineData("2027-02-29T00:00:00"), InlineData("2026-12-07 17:00:00")]
    [InlineData("2026-12-07T17"), InlineData(""), InlineData(null), InlineData("0001-01-01T00:00:00"), InlineData("9999-12-31T23:59:59")]
    public void A_text_that_is_no_local_time_is_refused(string? text) => Assert.Equal("invalid_local_time", TimeText.ReadLocal(text).Refusal?.Code);

    [Theory]
    [InlineData("2026-12-07T08:00:00Z"), InlineData("2026-12-07T17:00:00+09:00"), InlineData("2026-12-07T08:00:00.000Z")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]")]
    public void An_instant_may_be_said_with_any_offset(string text) => Assert.Equal("2026-12-07T08:00:00Z", TimeText.Of(TimeText.ReadInstant(text).Value));

    [Theory]
    [InlineData("2026-12-07T08:00:00"), InlineData("2026-12-07"), InlineData("1765094400"), InlineData("2026-12-07T08:00:00+24:00"), InlineData("")]
    [InlineData("2026-12-07T24:00:00Z")]
    public void A_text_that_is_no_instant_is_refused(string text) => Assert.Equal("invalid_instant", TimeText.ReadInstant(text).Refusal?.Code);
}
