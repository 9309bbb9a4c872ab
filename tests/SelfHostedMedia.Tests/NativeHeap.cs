using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Tests;

/// <summary>What the C library's allocator has given out.</summary>
internal static partial class NativeHeap
{
    /// <summary>Bytes in use, of the heap and of regions of their own.</summary>
    public static long InUse
    {
        get
        {
            var info = mallinfo2();
            return (long)(info.InUse + info.Mapped);
        }
    }

    [LibraryImport("libc")]
    private static partial Info mallinfo2();

    /// <summary>struct mallinfo2 of glibc 2.33.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public nuint Arena;
        public nuint FreeChunks;
        public nuint FastChunks;
        public nuint MappedRegions;
        public nuint Mapped;
        public nuint HighestTotal;
        public nuint FastFree;
        public nuint InUse;
        public nuint Free;
        public nuint Releasable;
    }
}
