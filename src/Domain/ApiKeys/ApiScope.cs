namespace Muse.Domain.ApiKeys;

/// <summary>What an API key may be allowed to do. A name is for ever: keys and programs hold it.</summary>
public static class ApiScope
{
    public const string PeopleRead = "people:read";
    public const string PeopleWrite = "people:write";
    public const string AvailabilityRead = "availability:read";
    public const string AvailabilityWrite = "availability:write";
    public const string BookingsRead = "bookings:read";
    public const string BookingsWrite = "bookings:write";
    public const string LessonsRead = "lessons:read";
    public const string EventsRead = "events:read";
    public const string WebhooksManage = "webhooks:manage";
    public const string SandboxManage = "sandbox:manage";

    /// <summary>Each with what it opens, in the order in which they are shown.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new OrderedDictionary<string, string>(StringComparer.Ordinal)
    {
        [PeopleRead] = "Find tutors",
        [PeopleWrite] = "Import tutors and students",
        [AvailabilityRead] = "See when tutors teach, and their free slots",
        [AvailabilityWrite] = "Say when tutors teach",
        [BookingsRead] = "See bookings and matches",
        [BookingsWrite] = "Book, confirm, decline, move and call off; look for a tutor",
        [LessonsRead] = "See lessons",
        [EventsRead] = "Read the feed of events",
        [WebhooksManage] = "Set up webhooks and replay deliveries",
        [SandboxManage] = "Fill and empty the own sandbox",
    };
}
