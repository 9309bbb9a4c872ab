using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Muse.Api.Rooms;

namespace Muse.Api.Tests.Rooms;

/// <summary>As much of a TURN client (RFC 8656) as asking needs: may I have a relay, and may it send there?</summary>
internal sealed class TurnClient : IDisposable
{
    private const ushort Allocation = 0x0003, Permission = 0x0008;
    private const ushort UsernameAttribute = 0x0006, Integrity = 0x0008, ErrorCode = 0x0009, PeerAddress = 0x0012, Realm = 0x0014, Nonce = 0x0015;
    private const ushort AddressFamilyAttribute = 0x0017, RequestedTransport = 0x0019;
    private const uint Cookie = 0x2112A442;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private IceServer _credential = new([]);
    private byte[] _realm = [];
    private byte[] _nonce = [];

    public static bool HasLoopbackV6 => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(IPAddress.IPv6Loopback));

    public static async Task<TurnClient> Connect(int port)
    {
        var client = new TurnClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        return client;
    }

    /// <summary>Fails when the server refuses.</summary>
    public async Task Allocate(IceServer credential, bool v6 = false)
    {
        _credential = credential;
        List<(ushort, byte[])> attributes = [(RequestedTransport, [17, 0, 0, 0])];
        if (v6) attributes.Add((AddressFamilyAttribute, [2, 0, 0, 0]));
        Assert.Equal(401, await Ask(Allocation, attributes, signed: false));
        Assert.Equal(0, await Ask(Allocation, attributes));
    }

    /// <returns>0 when the relay may send to this address, or the code of the refusal.</returns>
    public Task<int> Permit(string peer) => Ask(Permission, [(PeerAddress, Xored(IPAddress.Parse(peer)))]);

    public void Dispose() => _socket.Dispose();

    private async Task<int> Ask(ushort method, List<(ushort Type, byte[] Value)> attributes, bool signed = true)
    {
        var transaction = Transaction();
        var request = Write(method, transaction, signed
            ? [.. attributes, (UsernameAttribute, Encoding.UTF8.GetBytes(_credential.Username!)), (Realm, _realm), (Nonce, _nonce)]
            : attributes, signed);
        var buffer = new byte[2048];
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await _socket.SendAsync(request);
            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            try
            {
                int length;
                do length = await _socket.ReceiveAsync(buffer, SocketFlags.None, enough.Token);
                while (length < 20 || !buffer.AsSpan(8, 12).SequenceEqual(transaction));
                return Read(buffer.AsSpan(0, length));
            }
            catch (OperationCanceledException)
            {
                // Lost; asked again.
            }
        }
        throw new TimeoutException("coturn does not answer.");
    }

    private byte[] Write(ushort method, byte[] transaction, List<(ushort Type, byte[] Value)> attributes, bool signed)
    {
        using var message = new MemoryStream();
        Span<byte> head = stackalloc byte[4];
        foreach (var (type, value) in attributes)
        {
            BinaryPrimitives.WriteUInt16BigEndian(head, type);
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)value.Length);
            message.Write(head);
            message.Write(value);
            message.Write(new byte[(4 - (value.Length % 4)) % 4]);
        }
        var body = message.ToArray();
        var whole = new byte[20 + body.Length + (signed ? 24 : 0)];
        BinaryPrimitives.WriteUInt16BigEndian(whole, method);
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(2), (ushort)(whole.Length - 20));
        BinaryPrimitives.WriteUInt32BigEndian(whole.AsSpan(4), Cookie);
        transaction.CopyTo(whole, 8);
        body.CopyTo(whole, 20);
        if (!signed) return whole;
        var at = 20 + body.Length;
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(at), Integrity);
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(at + 2), 20);
#pragma warning disable CA5350, CA5351 // RFC 8489 §14.5 fixes MD5 for the key and SHA-1 for the code.
        var key = MD5.HashData(Encoding.UTF8.GetBytes($"{_credential.Username}:{Encoding.UTF8.GetString(_realm)}:{_credential.Credential}"));
        HMACSHA1.HashData(key, whole.AsSpan(0, at)).CopyTo(whole, at + 4);
#pragma warning restore CA5350, CA5351
        return whole;
    }

    private int Read(ReadOnlySpan<byte> answer)
    {
        var code = (answer[0] & 1) == 1 && (answer[1] & 0x10) != 0 ? -1 : 0;
        for (var at = 20; at + 4 <= answer.Length;)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
            var value = answer.Slice(at + 4, BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 2)..]));
            if (type == Realm) _realm = value.ToArray();
            if (type == Nonce) _nonce = value.ToArray();
            if (type == ErrorCode) code = (value[2] * 100) + value[3];
            at += 4 + ((value.Length + 3) & ~3);
        }
        return code;
    }

    private byte[] Xored(IPAddress peer)
    {
        var address = peer.GetAddressBytes();
        var value = new byte[4 + address.Length];
        value[1] = (byte)(address.Length == 4 ? 1 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(2), 9 ^ (ushort)(Cookie >> 16));
        Span<byte> mask = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(mask, Cookie);
        _next.CopyTo(mask[4..]);
        for (var i = 0; i < address.Length; i++) value[4 + i] = (byte)(address[i] ^ mask[i]);
        return value;
    }

    // IPv6 peers are masked with the id of the request that they stand in (RFC 8489 §14.2), so it is drawn before.
    private byte[] _next = RandomNumberGenerator.GetBytes(12);

    private byte[] Transaction()
    {
        var drawn = _next;
        _next = RandomNumberGenerator.GetBytes(12);
        return drawn;
    }
}
