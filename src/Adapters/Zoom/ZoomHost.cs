namespace Muse.Adapters.Zoom;

/// <summary>Whose Zoom a call is made with.</summary>
/// <param name="TutorId">Whose own account it is; null for the school's.</param>
/// <param name="UserId">Zoom user (id or e-mail) in whose name meetings are made; <c>me</c> in an own account.</param>
public sealed record ZoomHost(Guid? TutorId, string UserId)
{
    public bool IsOwn => TutorId is not null;

    public static ZoomHost OwnOf(Guid tutorId) => new(tutorId, "me");

    public static ZoomHost Of(string userId) => new(null, userId);

    /// <summary>Under which Zoom counts what is created and changed in a day.</summary>
    public string BudgetKey => TutorId is { } tutor ? $"tutor:{tutor}" : $"user:{UserId.ToLowerInvariant()}";
}
