using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Scheduling;

public class TimeWriterTests
{
    // Whole quarters nearly always; the offsets with seconds of long ago now and then.
    private static readonly Gen<(long Seconds, int Offset)> Clocks =
        from seconds in Gen.Choose(-2_000_000_000, 2_000_000_000)
        from far in Gen.Choose(0, 2)
        from offset in Gen.Choose(-14 * 3600, 14 * 3600)
        from whole in Gen.Choose(0, 3)
        select (seconds + (far * 2_500_000_000L), whole > 0 ? offset / 900 * 900 : offset);

    [Fact]
    public void A_row_of_times_is_written_as_NodaTime_writes_each() =>
        Prop.ForAll((from first in Clocks
                     from steps in (from step in Gen.Choose(-90_000, 90_000) from other in Clocks select (step, other.Offset)).ListOf()
                     select (first, steps)).ToArbitrary(), given =>
        {
            var writer = new TimeWriter();
            var instants = new TimeWriter();
            var buffer = new byte[TimeText.LongestLocalLength];
            var (seconds, offset) = given.first;
            foreach (var (step, next) in given.steps.Prepend((0, offset)))
            {
                seconds += step;
                var instant = Instant.FromUnixTimeSeconds(seconds);
                if (Encoding.ASCII.GetString(buffer, 0, instants.Write(buffer, seconds)) != TimeText.Of(instant)
                    || Encoding.ASCII.GetString(buffer, 0, writer.WriteLocal(buffer, seconds, next))
                        != TimeText.Of(instant.WithOffset(Offset.FromSeconds(next))))
                    return false;
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
}
