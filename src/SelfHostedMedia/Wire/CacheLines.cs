using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Memory that is about to be used is asked for in time, so that it comes while something else is being done.</summary>
internal static unsafe class CacheLines
{
    /// <summary>A hint; on processors without it nothing.</summary>
    public static void Prefetch<T>(in T place)
        where T : allows ref struct
    {
        // Should the collector move the object meanwhile, the hint is for nothing: a prefetch never faults.
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }
}
