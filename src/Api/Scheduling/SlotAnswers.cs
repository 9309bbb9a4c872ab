using System.Text;
using Muse.Domain.Scheduling;

namespace Muse.Api.Scheduling;

/// <summary>A free slot on the wire.</summary>
/// <param name="Start">Instant, <c>2026-12-07T08:00:00Z</c>.</param>
/// <param name="TutorLocal">What the tutor's clock shows at the start, with its offset.</param>
/// <param name="ViewerLocal">What the viewer's clock shows at the start, with its offset.</param>
public sealed record SlotAnswer(string Start, string End, string TutorLocal, string ViewerLocal)
{
    public static SlotAnswer Of(Slot slot) => new(
        Instant(slot.StartSeconds),
        Instant(slot.StartSeconds + slot.DurationSeconds),
        Local(slot.StartSeconds, slot.TutorOffsetSeconds),
        Local(slot.StartSeconds, slot.ViewerOffsetSeconds));

    private static string Instant(long seconds)
    {
        Span<byte> text = stackalloc byte[TimeText.InstantLength];
        return Encoding.ASCII.GetString(text[..new TimeWriter().Write(text, seconds)]);
    }

    private static string Local(long seconds, int offset)
    {
        Span<byte> text = stackalloc byte[TimeText.LongestLocalLength];
        return Encoding.ASCII.GetString(text[..new TimeWriter().WriteLocal(text, seconds, offset)]);
    }
}

/// <summary>Free slots and the version of the zone rules they were computed with.</summary>
public sealed record SlotsAnswer(string TimeZoneDatabase, IReadOnlyList<SlotAnswer> Slots)
{
    public static SlotsAnswer Of(IReadOnlyCollection<Slot> slots) => new(Zones.DatabaseVersion, [.. slots.Select(SlotAnswer.Of)]);
}
