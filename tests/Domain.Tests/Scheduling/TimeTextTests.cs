using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

public class TimeTextTests
{
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
