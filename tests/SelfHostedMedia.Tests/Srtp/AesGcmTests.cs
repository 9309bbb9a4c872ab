using System.Security.Cryptography;
using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Srtp;

public class AesGcmTests
{
    private const int Tag = 16;

    public static TheoryData<string> Implementations
    {
        get
        {
            var data = new TheoryData<string> { "evp" };
            if (ManagedAesGcm.IsSupported)
                data.Add("managed");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Random_messages_are_sealed_and_opened_as_the_framework_does(string implementation)
    {
        var random = new Random(7_714);
        for (var round = 0; round < 600; round++)
        {
            var key = Bytes(random, 16);
            using var ours = Create(implementation, key);
            using var oracle = new AesGcm(key, Tag);
            var nonce = Bytes(random, 12);
            var associated = Bytes(random, random.Next(0, 60));
            var plain = Bytes(random, round < 300 ? round : random.Next(0, 1_500));
            var expected = new byte[plain.Length + Tag];
            oracle.Encrypt(nonce, plain, expected.AsSpan(0, plain.Length), expected.AsSpan(plain.Length), associated);

            var sealedText = new byte[plain.Length + Tag];
            ours.Seal(nonce, associated, plain, sealedText);
            Assert.Equal(expected, sealedText);

            var opened = new byte[plain.Length];
            Assert.True(ours.Open(nonce, associated, sealedText, opened));
            Assert.Equal(plain, opened);
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Sealing_and_opening_in_place_give_the_same(string implementation)
    {
        var random = new Random(9_000);
        for (var length = 0; length < 400; length++)
        {
            var key = Bytes(random, 16);
            using var ours = Create(implementation, key);
            var nonce = Bytes(random, 12);
            var plain = Bytes(random, length);
            var expected = new byte[length + Tag];
            ours.Seal(nonce, [1, 2, 3], plain, expected);

            var place = new byte[length + Tag];
            plain.CopyTo(place, 0);
            ours.Seal(nonce, [1, 2, 3], place.AsSpan(0, length), place);
            Assert.Equal(expected, place);
            Assert.True(ours.Open(nonce, [1, 2, 3], place, place.AsSpan(0, length)));
            Assert.Equal(plain, place[..length]);
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Nothing_beyond_the_tag_is_written(string implementation)
    {
        var random = new Random(1);
        using var ours = Create(implementation, Bytes(random, 16));
        for (var length = 0; length < 300; length++)
        {
            var target = Enumerable.Repeat((byte)0xAA, length + Tag + 32).ToArray();
            ours.Seal(new byte[12], [], new byte[length], target.AsSpan(0, length + Tag));
            Assert.All(target[(length + Tag)..], each => Assert.Equal(0xAA, each));
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void One_changed_bit_anywhere_is_refused(string implementation)
    {
        var random = new Random(2);
        using var ours = Create(implementation, Bytes(random, 16));
        var nonce = Bytes(random, 12);
        var associated = Bytes(random, 20);
        var sealedText = new byte[150 + Tag];
        ours.Seal(nonce, associated, Bytes(random, 150), sealedText);
        var plain = new byte[150];
        for (var bit = 0; bit < sealedText.Length * 8; bit += 3)
        {
            sealedText[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(ours.Open(nonce, associated, sealedText, plain));
            sealedText[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        associated[3] ^= 1;
        Assert.False(ours.Open(nonce, associated, sealedText, plain));
        associated[3] ^= 1;
        Assert.True(ours.Open(nonce, associated, sealedText, plain));
        Assert.False(ours.Open(nonce, associated, sealedText.AsSpan(0, 15), plain));
    }

    private static AesGcm128 Create(string implementation, byte[] key) =>
        implementation == "managed" ? new ManagedAesGcm(key) : new EvpAesGcm(key);

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
