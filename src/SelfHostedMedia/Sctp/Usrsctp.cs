using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Sctp;

/// <summary>Debian's libusrsctp2 (0.9.5): SCTP in user space. Structures and numbers are those of its usrsctp.h on 64-bit Linux; ports and
/// payload protocol identifiers are in network order. Everything in it is global to the process: call it only under
/// <see cref="SctpStack.Gate"/>.</summary>
internal static unsafe partial class Usrsctp
{
    public const string Library = "libusrsctp.so.2";

    /// <summary>Addresses are pointers that mean something to us alone.</summary>
    public const ushort AddressFamily = 123;
    public const int Stream = 1;
    public const int Protocol = 132;
    public const int LevelSocket = 1;
    public const int SendBuffer = 7;
    public const int ReceiveBuffer = 8;
    public const int Linger = 13;

    public const int RtoInfo = 0x01;
    public const int InitialMessage = 0x03;
    public const int NoDelay = 0x04;
    public const int PeerAddressParameters = 0x0a;
    public const int Event = 0x1e;
    public const int ReceiveInfo = 0x1f;
    public const int EnableStreamReset = 0x900;
    public const int ResetStreams = 0x901;
    public const uint AllowStreamReset = 1;
    public const ushort ResetOutgoing = 2;
    public const uint NoPathMtuDiscovery = 0x10;
    public const uint Heartbeats = 0x01;

    public const uint SendPartlyReliable = 4;
    public const uint SendInfoValid = 1;
    public const uint ReliabilityValid = 2;
    public const ushort Unordered = 0x400;
    public const ushort EndOfRecordFlag = 0x2000;
    public const ushort LimitedRetransmissions = 3;


    /// <summary>MSG_EOR of Linux: the 8 in usrsctp.h is of Windows.</summary>
    public const int EndOfRecord = 0x80;
    public const int Notification = 0x2000;
    public const ushort AssociationChanged = 0x0001;
    public const ushort PartialDelivery = 0x0007;
    public const ushort StreamReset = 0x0009;
    public const ushort CommunicationUp = 1;
    public const ushort CommunicationLost = 2;
    public const ushort Restarted = 3;
    public const ushort ShutdownComplete = 4;
    public const ushort CannotStart = 5;
    public const ushort IncomingWasReset = 1;

    /// <summary>struct sockaddr_conn.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Address
    {
        public ushort Family;
        public ushort Port;
        public nint Id;
    }

    /// <summary>struct sctp_rcvinfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Received
    {
        public ushort Stream;
        public ushort Sequence;
        public ushort Flags;
        public uint PayloadProtocol;
        public uint Tsn;
        public uint CumulativeTsn;
        public uint Context;
        public uint Association;
    }

    /// <summary>struct sctp_sendv_spa: sctp_sndinfo, sctp_prinfo and sctp_authinfo behind a word that says which are meant.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Sending
    {
        public uint Valid;
        public ushort Stream;
        public ushort Flags;
        public uint PayloadProtocol;
        public uint Context;
        public uint Association;
        public ushort ReliabilityPolicy;
        public uint ReliabilityValue;
        public ushort Key;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Retransmission
    {
        public uint Association;
        public uint Initial;
        public uint Max;
        public uint Min;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Initiation
    {
        public ushort OutgoingStreams;
        public ushort MaxIncomingStreams;
        public ushort MaxAttempts;
        public ushort MaxTimeout;
    }

    /// <summary>struct sctp_paddrparams: 128 bytes of address come first.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PathParameters
    {
        public fixed ulong Address[16];
        public uint Association;
        public uint HeartbeatInterval;
        public uint PathMtu;
        public uint Flags;
        public uint FlowLabel;
        public ushort MaxRetransmissions;
        public byte Dscp;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Subscribed
    {
        public uint Association;
        public ushort Type;
        public byte IsOn;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct AssociationValue
    {
        public uint Association;
        public uint Value;
    }

    /// <summary>struct sctp_reset_streams with one stream.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Reset
    {
        public uint Association;
        public ushort Flags;
        public ushort Count;
        public ushort Stream;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LingerTime
    {
        public int IsOn;
        public int Seconds;
    }

    /// <param name="udpPort">0: packets go through <paramref name="output"/> alone.</param>
    [LibraryImport(Library)]
    public static partial void usrsctp_init_nothreads(
        ushort udpPort, delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte, byte, int> output, nint debug);

    /// <returns>0 when nothing was left; -1 when there are endpoints still.</returns>
    [LibraryImport(Library)]
    public static partial int usrsctp_finish();

    /// <param name="counts">struct sctpstat, 664 bytes.</param>
    [LibraryImport(Library)]
    public static partial void usrsctp_get_stat(byte* counts);

    [LibraryImport(Library)]
    public static partial void usrsctp_handle_timers(uint elapsedMilliseconds);

    [LibraryImport(Library)]
    public static partial void usrsctp_register_address(nint id);

    [LibraryImport(Library)]
    public static partial void usrsctp_deregister_address(nint id);

    /// <param name="received">Null: messages are asked for; then nothing else may be given either.</param>
    [LibraryImport(Library)]
    public static partial nint usrsctp_socket(int family, int type, int protocol, nint received, nint sent, uint threshold, nint owner);

    [LibraryImport(Library)]
    public static partial int usrsctp_set_non_blocking(nint socket, int isOn);

    [LibraryImport(Library)]
    public static partial int usrsctp_setsockopt(nint socket, int level, int option, void* value, uint length);

    [LibraryImport(Library)]
    public static partial int usrsctp_bind(nint socket, Address* address, uint length);

    [LibraryImport(Library)]
    public static partial int usrsctp_connect(nint socket, Address* address, uint length);

    [LibraryImport(Library)]
    public static partial void usrsctp_close(nint socket);

    [LibraryImport(Library)]
    public static partial void usrsctp_conninput(nint id, byte* packet, nuint length, byte ecn);

    [LibraryImport(Library)]
    public static partial nint usrsctp_sendv(
        nint socket, byte* message, nuint length, Address* to, int addresses, void* info, uint infoLength, uint infoType, int flags);

    [LibraryImport(Library)]
    public static partial nint usrsctp_recvv(
        nint socket, byte* buffer, nuint length, Address* from, uint* fromLength, Received* info, uint* infoLength, uint* infoType, int* flags);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_ecn_enable(uint value);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_asconf_enable(uint value);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_auth_enable(uint value);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_nrsack_enable(uint value);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_pktdrop_enable(uint value);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_vtag_time_wait(uint seconds);

    [LibraryImport(Library)]
    public static partial int usrsctp_sysctl_set_sctp_blackhole(uint value);
}
