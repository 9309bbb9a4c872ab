using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Lessons;

public class WantedTimeTests
{
    [Theory]
    [InlineData("2026-12-07T17:00:00", "Asia/Seoul")]
    [InlineData("2026-12-07T17:00", "Asia/Seoul")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]", null)]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]", "Asia/Seoul")]
    public void The_local_time_the_zone_and_its_rules_are_kept_beside_the_instant(string startLocal, string? timeZone)
    {
        var time = WantedTime.Read(startLocal, timeZone, 50).Value;
        Assert.Equal(new PlannedTime(new LocalDateTime(2026, 12, 7, 17, 0), "Asia/Seoul", Zones.DatabaseVersion, Instant.FromUtc(2026, 12, 7, 8, 0), 50), time);
    }

    [Theory]
    [InlineData("2026-12-07T17:00:00", "Asia/Abu_Dhabi", "unknown_time_zone")]
    [InlineData("2026-12-07T17:00:00", null, "unknown_time_zone")]
    [InlineData("17:00", "Asia/Seoul", "invalid_local_time")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]", "Asia/Tokyo", "offset_zone_mismatch")]
    [InlineData("2026-12-07T17:00:00+09:00[Asia/Seoul]", "KST", "unknown_time_zone")]
    [InlineData("2026-12-07T17:00:00+04:00[Asia/Seoul]", null, "offset_zone_mismatch")]
    [InlineData("2027-03-28T01:30:00", "Europe/London", "local_time_skipped")]
    [InlineData("2027-10-31T01:30:00", "Europe/London", "local_time_ambiguous")]
    public void What_cannot_be_meant_is_asked_back(string startLocal, string? timeZone, string code) =>
        Assert.Equal(code, WantedTime.Read(startLocal, timeZone, 50).Refusal?.Code);

    [Fact]
    public void The_offset_of_a_zoned_text_says_which_of_two_readings_is_meant()
    {
        Assert.Equal(Instant.FromUtc(2027, 10, 31, 0, 30), WantedTime.Read("2027-10-31T01:30:00+01:00[Europe/London]", null, 50).Value.Start);
        Assert.Equal(Instant.FromUtc(2027, 10, 31, 1, 30), WantedTime.Read("2027-10-31T01:30:00+00:00[Europe/London]", null, 50).Value.Start);
    }
}
