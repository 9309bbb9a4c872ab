namespace Muse.Imitations;

/// <summary>Runs the imitated providers for people who try Muse without an account: <c>./muse up --demo --imitations</c>.</summary>
internal static class RunImitations
{
    public static void Main() => Console.WriteLine("There is no imitation yet.");
}
