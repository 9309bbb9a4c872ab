using System.Security.Cryptography;
using System.Text;
using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Srtp;

public class SrtpCipherTests
{
    [Fact]
    public void The_key_stream_is_that_of_RFC_3711_B2()
    {
        using var stream = new EvpAesCtr(
            Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C"), Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
        var output = new byte[48];
        stream.Transform(0, 0, new byte[48], output);
        Assert.Equal(
            "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0",
            Convert.ToHexString(output));
    }

    [Fact]
    public void The_initialisation_vector_and_the_packet_are_those_of_RFC_7714_16_1_1()
    {
        var salt = Convert.FromHexString("517569642070726f2071756f");
        var nonce = new byte[12];
        SrtpNonce.Write(nonce, salt, 0x5501_A0B2, 0xF17B);
        Assert.Equal("51753c6580c2726f20718414", Convert.ToHexStringLower(nonce));

        foreach (var gcm in Implementations(Convert.FromHexString("000102030405060708090a0b0c0d0e0f")))
        {
            var plain = Encoding.ASCII.GetBytes("Gallia est omnis divisa in partes tres");
            var output = new byte[plain.Length + 16];
            gcm.Seal(nonce, Convert.FromHexString("8040f17b8041f8d35501a0b2"), plain, output);
            Assert.Equal(
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
                Convert.ToHexStringLower(output));
            gcm.Dispose();
        }
    }

    [Fact]
    public void HMAC_SHA1_is_the_frameworks()
    {
        var random = new Random(3);
        for (var length = 0; length < 300; length += 7)
        {
            var key = new byte[20];
            var data = new byte[length];
            random.NextBytes(key);
            random.NextBytes(data);
            using var hmac = new EvpHmacSha1(key);
            var mac = new byte[20];
            hmac.Compute(data, [9, 8, 7, 6], mac);
            Assert.Equal(HMACSHA1.HashData(key, data.Concat(new byte[] { 9, 8, 7, 6 }).ToArray()), mac);
            hmac.Compute(data, [9, 8, 7, 6], mac);
            Assert.Equal(HMACSHA1.HashData(key, data.Concat(new byte[] { 9, 8, 7, 6 }).ToArray()), mac);
        }
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm, 0)]
    [InlineData(SrtpProfile.Aes128CmSha1, 0)]
    [InlineData(SrtpProfile.AeadAes128Gcm, 0xFFFF)]
    [InlineData(SrtpProfile.Aes128CmSha1, 0x1_0000)]
    [InlineData(SrtpProfile.AeadAes128Gcm, 0xFFFF_FFFF)]
    [InlineData(SrtpProfile.Aes128CmSha1, 0x1_0000_0000)]
    public void A_packet_is_opened_only_with_the_index_it_was_protected_with(SrtpProfile profile, long index)
    {
        using var cipher = Cipher(profile);
        var packet = new byte[1_600];
        packet[0] = 0x80;
        var payload = Enumerable.Range(0, 1_000).Select(i => (byte)i).ToArray();
        var length = cipher.Protect(packet, 12, payload, 42, (ulong)index);
        Assert.Equal(12 + 1_000 + cipher.TagLength, length);

        var opened = new byte[1_600];
        Assert.Equal(1_000, cipher.Unprotect(packet.AsSpan(0, length), 12, 42, (ulong)index, opened));
        Assert.Equal(payload, opened[..1_000]);
        Assert.Equal(-1, cipher.Unprotect(packet.AsSpan(0, length), 12, 42, (ulong)index + 0x1_0000, opened));
        packet[length - 1] ^= 1;
        Assert.Equal(-1, cipher.Unprotect(packet.AsSpan(0, length), 12, 42, (ulong)index, opened));
        Assert.Equal(-1, cipher.Unprotect(packet.AsSpan(0, 12 + cipher.TagLength - 1), 12, 42, (ulong)index, opened));
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public void RTCP_comes_back_with_its_index_and_a_change_is_refused(SrtpProfile profile)
    {
        using var cipher = Cipher(profile);
        byte[] plain = [0x80, 200, 0, 6, 0, 0, 0, 9, .. Enumerable.Range(0, 20).Select(i => (byte)i)];
        var packet = new byte[200];
        var length = cipher.ProtectRtcp(plain, 9, 77, packet);
        Assert.Equal(plain.Length + cipher.RtcpOverhead, length);
        var opened = new byte[200];
        Assert.Equal(plain.Length, cipher.UnprotectRtcp(packet.AsSpan(0, length), opened, out var index));
        Assert.Equal(77u, index);
        Assert.Equal(plain, opened[..plain.Length]);
        for (var at = 0; at < length; at++)
        {
            packet[at] ^= 0x10;
            Assert.Equal(-1, cipher.UnprotectRtcp(packet.AsSpan(0, length), opened, out _));
            packet[at] ^= 0x10;
        }
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public void Protecting_a_packet_again_gives_the_very_same_bytes(SrtpProfile profile)
    {
        using var cipher = Cipher(profile);
        var (first, second) = (new byte[300], new byte[300]);
        var length = cipher.Protect(first, 12, new byte[200], 1, 1_000);
        cipher.Protect(second, 12, new byte[200], 1, 1_000);
        Assert.Equal(first[..length], second[..length]);
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public void No_input_makes_a_cipher_throw(SrtpProfile profile)
    {
        using var cipher = Cipher(profile);
        var example = new byte[120];
        example[0] = 0x80;
        cipher.Protect(example, 12, new byte[80], 1, 5);
        var target = new byte[4_096];
        foreach (var input in Fuzzing.Inputs(example))
        {
            Assert.Equal(-1, cipher.UnprotectRtcp(input, target, out _));
            if (input.Length >= 12)
                cipher.Unprotect(input, 12, 1, 5, target);
        }
    }

    private static SrtpCipher Cipher(SrtpProfile profile) =>
        SrtpCiphers.Create(profile, new SrtpKeys(profile, Enumerable.Repeat((byte)7, 16).ToArray(), Enumerable.Repeat((byte)5, 14).ToArray()));

    private static IEnumerable<AesGcm128> Implementations(byte[] key)
    {
        yield return new EvpAesGcm(key);
        if (ManagedAesGcm.IsSupported)
            yield return new ManagedAesGcm(key);
    }
}
