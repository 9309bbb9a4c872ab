using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rehearsal;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.Bench.Record;

/// <summary>Where one person's packets go.</summary>
internal interface IListener : IDisposable
{
    void Send(bool isPicture, int number, uint time, in MediaPacket packet);

    /// <summary>A sender report; takes what has come back.</summary>
    void Report(uint pictureTime, uint soundTime);
}

/// <summary>Over WebRTC to the server.</summary>
internal sealed class ToMuse(IPEndPoint media) : IListener
{
    private const uint Picture = 2, Sound = 1;

    private readonly RehearsingPeer _peer = new(media, SrtpProfile.AeadAes128Gcm) { Picture = "H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f" };

    public async Task Connect(RecordingServer server) => _peer.Connect(await server.Publish(_peer.Offer("sendonly")));

    public void Send(bool isPicture, int number, uint time, in MediaPacket packet) =>
        _peer.Send(isPicture ? Picture : Sound, number, (byte)((isPicture ? 96 : 111) | (packet.Marker ? 0x80 : 0)), packet.Payload, isPicture ? '1' : '0', time);

    public void Report(uint pictureTime, uint soundTime)
    {
        Span<byte> report = stackalloc byte[SenderReport.Length];
        foreach (var (ssrc, time) in new[] { (Picture, pictureTime), (Sound, soundTime) })
        {
            new SenderReport(ssrc, Ntp(), time, 1, 1).Write(report);
            _peer.SendControl(report);
        }

        while (_peer.TryReceive(out _))
        {
        }
    }

    public void Dispose() => _peer.Dispose();

    internal static ulong Ntp() => (ulong)((TimeProvider.System.GetUtcNow().UtcDateTime - new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds * (1L << 32));
}

/// <summary>As plain RTP to ffmpeg.</summary>
internal sealed class ToFfmpeg : IListener
{
    private readonly Socket _picture = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _sound = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _packet = new byte[1_500];

    public ToFfmpeg(int picturePort, int soundPort)
    {
        _picture.Connect(IPAddress.Loopback, picturePort);
        _sound.Connect(IPAddress.Loopback, soundPort);
    }

    public void Send(bool isPicture, int number, uint time, in MediaPacket packet)
    {
        _packet[0] = 0x80;
        _packet[1] = (byte)((isPicture ? 96 : 111) | (packet.Marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(4), time);
        BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(8), isPicture ? 2u : 1u);
        packet.Payload.CopyTo(_packet, 12);
        Send(isPicture ? _picture : _sound, _packet.AsSpan(0, 12 + packet.Payload.Length));
    }

    public void Report(uint pictureTime, uint soundTime)
    {
    }

    public void Dispose()
    {
        _picture.Dispose();
        _sound.Dispose();
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> packet)
    {
        try
        {
            socket.Send(packet);
        }
        catch (SocketException gone) when (gone.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // It does not listen yet, or no more.
        }
    }
}

/// <summary>Plays the material to everybody's listener on a thread of its own, each a little later than the one before.</summary>
internal sealed class Player : IDisposable
{
    private readonly Material _material;
    private readonly List<IListener> _listeners;
    private readonly (int Pictures, int Sounds, int Reports)[] _sent;
    private readonly Thread _thread;
    private volatile bool _isOver;

    public Player(Material material, List<IListener> listeners)
    {
        (_material, _listeners, _sent) = (material, listeners, new (int, int, int)[listeners.Count]);
        _thread = new(Play) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        foreach (var listener in _listeners)
            listener.Dispose();
    }

    private void Play()
    {
        var clock = Stopwatch.StartNew();
        while (!_isOver)
        {
            for (var i = 0; i < _listeners.Count; i++)
                Play(_listeners[i], ref _sent[i], clock.Elapsed.TotalSeconds - ((double)i / _listeners.Count));
            Thread.Sleep(1);
        }
    }

    private void Play(IListener listener, ref (int Pictures, int Sounds, int Reports) sent, double now)
    {
        if (now < 0)
            return;
        Send(listener, isPicture: true, _material.Pictures, Material.PictureClock, ref sent.Pictures, now);
        Send(listener, isPicture: false, _material.Sounds, Material.SoundClock, ref sent.Sounds, now);
        if (now < sent.Reports)
            return;
        sent.Reports++;
        listener.Report((uint)(now * Material.PictureClock), (uint)(now * Material.SoundClock));
    }

    private static void Send(IListener listener, bool isPicture, IReadOnlyList<MediaPacket> packets, uint clock, ref int sent, double now)
    {
        while (true)
        {
            var packet = packets[sent % packets.Count];
            var time = ((long)(sent / packets.Count) * Material.Seconds * clock) + packet.Time;
            if ((double)time / clock > now)
                return;
            listener.Send(isPicture, sent++, (uint)time, packet);
        }
    }
}
