using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

public class ZonedTextTests
{
    [Theory]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07T17:00:00+09:00[!Asia/Seoul]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07t08:00:00z[Asia/Seoul]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07T08:00:00-00:00[Asia/Seoul]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07T17:00:00.25+09:00[Asia/Seoul][u-ca=hebrew]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][!u-ca=iso8601]", "2026-12-07T08:00:00Z")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][_x=a-b-c][knort=blargel]", "2026-12-07T08:00:00Z")]
    [InlineData("2027-10-31T02:30:00+01:00[Europe/Berlin]", "2027-10-31T01:30:00Z")]
    public void A_time_with_its_zone_is_read(string text, string instant) =>
        Assert.Equal(instant, TimeText.Of(ZonedText.Parse(text).Value.Instant));

    [Theory]
    [InlineData("2026-12-07T17:00:00+09:00", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00[Asia/Seoul]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00+09:00[Asia/Seoul]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]x", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[!]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[u-ca=hebrew]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][Asia/Tokyo]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][U-CA=x]", "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][u-ca=]", "invalid_zoned_time")]
    [InlineData("2026-02-30T17:00:00+09:00[Asia/Seoul]", "invalid_zoned_time")]
    [InlineData("", "invalid_zoned_time")]
    [InlineData(null, "invalid_zoned_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Abu_Dhabi]", "unknown_time_zone")]
    [InlineData("2026-12-07T17:00:00+09:00[+09:00]", "unknown_time_zone")]
    [InlineData("2026-12-07T17:00:00+08:00[Asia/Seoul]", "offset_zone_mismatch")]
    [InlineData("2026-12-07T17:00:00+08:00[!Asia/Seoul]", "offset_zone_mismatch")]
    [InlineData("2026-12-07T17:00:00+00:00[Asia/Seoul]", "offset_zone_mismatch")]
    [InlineData("2027-03-28T02:30:00+01:00[Europe/Berlin]", "offset_zone_mismatch")]
    [InlineData("2027-03-28T02:30:00+02:00[Europe/Berlin]", "offset_zone_mismatch")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul][!foo=bar]", "unsupported_critical_suffix")]
    public void A_text_that_says_nothing_clear_is_refused(string? text, string code) => Assert.Equal(code, ZonedText.Parse(text).Refusal?.Code);

    [Fact]
    public void A_very_long_text_is_refused_before_it_is_read() =>
        Assert.True(ZonedText.Parse("2026-12-07T17:00:00+09:00[Asia/Seoul]" + string.Concat(Enumerable.Repeat("[a=b]", 1000))).IsRefused);

    [Fact]
    public void What_was_read_is_written_the_same_way() =>
        Assert.Equal("2026-12-07T17:00:00+09:00[Asia/Seoul]", ZonedText.Parse("2026-12-07T08:00:00Z[Asia/Seoul]").Value.ToString());
}
