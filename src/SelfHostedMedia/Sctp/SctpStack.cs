using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Sctp;

/// <summary>The one libusrsctp of this process, without threads of its own: its timers move when <see cref="Tick"/> is called, and its
/// callbacks run inside our calls. Its state is global, so that one gate is around all of it; a process with one media server never finds it
/// shut.</summary>
internal static unsafe class SctpStack
{
    /// <summary>Milliseconds of the stack's own time in which endpoints that were closed must be gone, ms.</summary>
    private const int LastTicks = 200;
    private const uint IdleMilliseconds = 500;
    private const uint LastTick = 50;

    private static readonly Dictionary<nint, SctpAssociation> s_associations = [];
    private static nint s_lastId;
    private static int s_users;
    private static bool s_isInitialised;
    private static long s_tickedAt;

    /// <summary>Held around every call of <see cref="Usrsctp"/>.</summary>
    public static Lock Gate { get; } = new();

    /// <summary>Associations that have not been disposed, of all servers of this process.</summary>
    public static int Count
    {
        get
        {
            lock (Gate)
                return s_associations.Count;
        }
    }

    /// <summary>Starts the stack for one more user.</summary>
    /// <param name="library"><see cref="Usrsctp.Library"/>, or a test's.</param>
    /// <returns>False when the library is not installed.</returns>
    public static bool TryAcquire(string library)
    {
        if (!NativeLibrary.TryLoad(library, typeof(SctpStack).Assembly, null, out _))
            return false;
        lock (Gate)
        {
            if (!s_isInitialised)
                Initialise();
            s_users++;
        }

        return true;
    }

    /// <summary>The last user's shuts the stack down and frees what it holds.</summary>
    /// <returns>True when others use it, or nothing was left in it.</returns>
    public static bool Release()
    {
        lock (Gate)
        {
            if (--s_users > 0)
                return true;
            // An endpoint closed in the midst of something goes by a timer.
            for (var i = 0; i < LastTicks; i++)
            {
                if (Usrsctp.usrsctp_finish() == 0)
                {
                    s_isInitialised = false;
                    return true;
                }

                Usrsctp.usrsctp_handle_timers(LastTick);
            }

            return false;
        }
    }

    /// <summary>Moves the stack's timers to the present. Call every 10 ms. Without associations there is only what ended ones have left
    /// behind, and that has time.</summary>
    public static void Tick()
    {
        lock (Gate)
            Move(s_associations.Count > 0 ? 1 : IdleMilliseconds);
    }

    /// <summary>Under the gate.</summary>
    /// <param name="least">ms; less is left for the next time.</param>
    private static void Move(uint least)
    {
        var elapsed = (uint)Stopwatch.GetElapsedTime(s_tickedAt).TotalMilliseconds;
        if (elapsed < least)
            return;
        // What is less than a millisecond counts next time.
        s_tickedAt += elapsed * Stopwatch.Frequency / 1_000;
        Usrsctp.usrsctp_handle_timers(elapsed);
    }

    /// <summary>DATA chunks that the stack has sent again, of all servers of this process; it wraps, and begins anew with the stack.</summary>
    public static uint Retransmissions
    {
        get
        {
            // struct sctpstat of usrsctp.h 0.9.5: 664 bytes, sctps_sendretransdata stands at 172. The room is for a longer one.
            var counts = stackalloc byte[2_048];
            lock (Gate)
                Usrsctp.usrsctp_get_stat(counts);
            return *(uint*)(counts + 172);
        }
    }

    /// <summary>Under the gate.</summary>
    /// <returns>Its address.</returns>
    public static nint Add(SctpAssociation association)
    {
        // Its timers begin now, not when the stack last looked.
        Move(1);
        var id = ++s_lastId;
        s_associations.Add(id, association);
        Usrsctp.usrsctp_register_address(id);
        return id;
    }

    /// <summary>Under the gate.</summary>
    public static void Remove(nint id)
    {
        Usrsctp.usrsctp_deregister_address(id);
        s_associations.Remove(id);
    }

    private static void Initialise()
    {
        Usrsctp.usrsctp_init_nothreads(0, &Output, 0);
        // What browsers do not use is code that only an attacker would try. Address changes need authentication: off before it.
        _ = Usrsctp.usrsctp_sysctl_set_sctp_asconf_enable(0);
        _ = Usrsctp.usrsctp_sysctl_set_sctp_auth_enable(0);
        _ = Usrsctp.usrsctp_sysctl_set_sctp_ecn_enable(0);
        _ = Usrsctp.usrsctp_sysctl_set_sctp_nrsack_enable(0);
        _ = Usrsctp.usrsctp_sysctl_set_sctp_pktdrop_enable(0);
        // Packets of no association are answered with nothing.
        _ = Usrsctp.usrsctp_sysctl_set_sctp_blackhole(2);
        // Tags of ended associations need no memory: nobody else's packets come through a connection's DTLS.
        _ = Usrsctp.usrsctp_sysctl_set_sctp_vtag_time_wait(0);
        s_tickedAt = Stopwatch.GetTimestamp();
        s_isInitialised = true;
    }

    /// <summary>A packet for a peer. Called inside a call of ours, under the gate; nothing may be thrown through the library.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Output(nint id, byte* packet, nuint length, byte typeOfService, byte mayNotBeCut)
    {
        try
        {
            // The library has one thread in spite of its name, for changes of addresses, which are switched off: nothing of it goes out.
            if (Gate.IsHeldByCurrentThread && s_associations.TryGetValue(id, out var association))
                association.Transmit(new ReadOnlySpan<byte>(packet, (int)length));
        }
        catch (Exception fault)
        {
            SctpAssociation.LastFault = fault;
        }

        return 0;
    }
}
