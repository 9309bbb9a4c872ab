using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Memory that is about to be used is asked for in time, so that it comes while something else is being done.</summary>
internal static unsafe class CacheLines
{
    private const int Line = 64;

    /// <summary>A hint; on processors without it nothing.</summary>
    public static void Prefetch<T>(in T place)
        where T : allows ref struct
    {
        // Should the collector move the object meanwhile, the hint is for nothing: a prefetch never faults.
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }

    /// <summary>The beginning of an object: it need not be touched for that.</summary>
    /// <param name="lines">Of 64 bytes.</param>
    public static void PrefetchObject(object thing, int lines)
    {
        if (!Sse.IsSupported)
            return;
        var at = (byte*)Unsafe.As<object, nint>(ref thing);
        for (var i = 0; i < lines; i++)
            Sse.Prefetch0(at + (i * Line));
    }
}
