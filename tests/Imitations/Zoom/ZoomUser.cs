namespace Muse.Imitations.Zoom;

/// <summary>A user of the imitated Zoom.</summary>
/// <param name="IsPaid">Only paid users record in the cloud.</param>
public sealed record ZoomUser(string Id, string Email, string AccountId, string Name, bool IsPaid);
