using Muse.Imitations.Google;
using Muse.Imitations.Jitsi;
using Muse.Imitations.Zoom;

namespace Muse.Imitations.Trying;

/// <summary>Every imitated provider, in the order of their ports.</summary>
public static class Providers
{
    /// <summary>Made anew at each call, and nothing on disk or on a port until one is started.</summary>
    public static IReadOnlyList<Imitation> All() => [new ZoomImitation(), new GoogleImitation(), new JitsiImitation(), JitsiImitation.OfATutor()];
}
