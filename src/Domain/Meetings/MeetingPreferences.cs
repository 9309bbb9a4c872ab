using NodaTime;

namespace Muse.Domain.Meetings;

/// <param name="Order">Names of providers, the best first; those not named follow in the school's order.</param>
/// <param name="MusicMode">The tutor wants sound without speech processing.</param>
/// <param name="Recording">The tutor wants a provider that can record. Whether anything is recorded is for the consents to say.</param>
public sealed record TutorMeetingPreferencesSet(Guid TutorId, IReadOnlyList<string> Order, bool MusicMode, bool Recording, Instant At);

/// <summary>How a tutor likes to meet.</summary>
public sealed record MeetingPreferences(IReadOnlyList<string> Order, bool MusicMode, bool Recording)
{
    /// <summary>Music is what Muse is for; recording waits until somebody asks for it.</summary>
    public static readonly MeetingPreferences Default = new([], MusicMode: true, Recording: false);

    public static MeetingPreferences Of(TutorMeetingPreferencesSet e) => new(e.Order, e.MusicMode, e.Recording);

    public bool IsSameAs(MeetingPreferences other) =>
        MusicMode == other.MusicMode && Recording == other.Recording && Order.SequenceEqual(other.Order);

    /// <summary>Refusals: <c>unknown_provider</c>, <c>duplicate_provider</c>.</summary>
    public Refusal? Unsettable()
    {
        for (var i = 0; i < Order.Count; i++)
        {
            if (!ProviderPolicy.All.Contains(Order[i]))
                return Refusal.Invalid("unknown_provider", "There is no such meeting provider.", $"/order/{i}");
            if (Order.Take(i).Contains(Order[i]))
                return Refusal.Invalid("duplicate_provider", "Each provider is named once.", $"/order/{i}");
        }
        return null;
    }
}
