namespace Muse.Api.Identity;

/// <summary>The roles of the access token; one person may have several.</summary>
public static class Role
{
    public const string Tutor = "tutor";
    public const string Student = "student";
    public const string Guardian = "guardian";
    public const string Admin = "admin";
    public const string Integrator = "integrator";
}
