namespace Muse.Adapters.Postgres;

/// <summary>Who makes the change and why; written into the headers of every event of the session.</summary>
/// <param name="PersonId">The human, or null for a job of the server.</param>
/// <param name="Role">tutor, student, guardian, admin, integrator, or the job's name.</param>
/// <param name="Reason">A short reason in the actor's words; never a name or an address.</param>
public sealed record Actor(Guid? PersonId, string? Role = null, string? Reason = null)
{
    public const string PersonHeader = "person";
    public const string RoleHeader = "role";
    public const string ReasonHeader = "reason";

    /// <summary>A job or an errand of the server itself.</summary>
    public static Actor Server(string job) => new(null, job);

    internal IReadOnlyDictionary<string, string> Headers
    {
        get
        {
            var headers = new Dictionary<string, string>(3);
            if (PersonId is { } person) headers[PersonHeader] = person.ToString();
            if (Role is not null) headers[RoleHeader] = Role;
            if (Reason is not null) headers[ReasonHeader] = UserText.Clean(Reason);
            return headers;
        }
    }
}
