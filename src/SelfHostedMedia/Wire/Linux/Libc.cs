using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>The few system calls of the media thread. Layouts are those of 64-bit Linux (x86-64 and arm64 agree). None of them may be called
/// with SuppressGCTransition: they can block.</summary>
internal static unsafe partial class Libc
{
    public const int AddressFamilyIPv4 = 2;
    public const int AddressFamilyIPv6 = 10;
    public const int DontWait = 0x40;
    public const int Truncated = 0x20;
    public const int LevelIPv6 = 41;
    public const int ReceivePacketInfo = 49;
    public const int PacketInfo = 50;
    public const int LevelSocket = 1;
    public const int LevelUdp = 17;
    public const int UdpSegment = 103;
    public const int Interrupted = 4;
    public const int InputOutputError = 5;
    public const int WouldBlock = 11;
    public const short PollOut = 4;

    /// <summary>SO_SNDBUFFORCE and SO_RCVBUFFORCE: past the system's limit, for who may (CAP_NET_ADMIN).</summary>
    public const int ForceSendBuffer = 32;
    public const int ForceReceiveBuffer = 33;

    /// <summary>SO_TIMESTAMPNS, and the type of its control message, SCM_TIMESTAMPNS.</summary>
    public const int TimestampNanoseconds = 35;
    public const short PollIn = 1;
    public const int NonBlockingCloseOnExec = 0x800 | 0x80000;

    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct mmsghdr: a struct msghdr and the length that was received or sent.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Message
    {
        [FieldOffset(0)]
        public byte* Name;

        [FieldOffset(8)]
        public uint NameLength;

        [FieldOffset(16)]
        public Vector* Vectors;

        [FieldOffset(24)]
        public nuint VectorCount;

        [FieldOffset(32)]
        public byte* Control;

        [FieldOffset(40)]
        public nuint ControlLength;

        [FieldOffset(48)]
        public int Flags;

        [FieldOffset(56)]
        public uint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int recvmmsg(int descriptor, Message* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int sendmmsg(int descriptor, Message* messages, uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockopt(int descriptor, int level, int option, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    /// <summary>Of the calling thread: 0 is the usual, 19 the humblest. Linux alone keeps it per thread; elsewhere nothing happens.</summary>
    public static void SetNiceness(int niceness)
    {
        if (OperatingSystem.IsLinux())
            setpriority(0, 0, niceness);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setpriority(int which, uint who, int priority);
}
