using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Tests.Recording;

namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>An input is a list of payloads, each behind a byte of its length and one with marker, step of the clock and step of the number.</summary>
internal static class RecordedPayloads
{
    public static byte[][] H264 { get; } =
    [
        List("78" + "0004" + "67424028" + "0003" + "68ce38" + "0003" + "65b801", "41aabb"),
        List("7c85010203", "7c050304", "7c4505", "0cff", "09f0"),
    ];

    public static byte[][] Vp9 { get; } =
    [
        List("aa" + "9234" + "10" + "07" + "18" + "028001e0" + "01" + "1401" + "824983", "a4" + "9234" + "10" + "07" + "aabb"),
        List("fc" + "35" + "00" + "0302" + "860102", "8c" + "01" + "8249"),
    ];

    public static byte[][] Av1 { get; } =
    [
        List("68" + "03" + "080102" + "3010", "90" + "2021"),
        List("08" + "01" + "10" + "03" + "0a01aa" + "02" + "7800" + "03" + "340010" + "02" + "4011"),
    ];

    public static void Read(byte[] input, Func<ISampleSink, Depacketizer> make)
    {
        var recorded = new RecordedSamples();
        var depacketizer = make(recorded);
        var (index, timestamp, now) = (65_530L, uint.MaxValue - 9_000, 0L);
        for (var at = 0; at + 2 <= input.Length;)
        {
            var length = Math.Min(input[at], input.Length - at - 2);
            var how = input[at + 1];
            depacketizer.Push(index, timestamp, (how & 1) != 0, input.AsSpan(at + 2, length), now);
            index += (how >> 4) - 3;
            timestamp += (how & 6) switch { 0 => 0u, 2 => 3_000, 4 => 3_000_000, _ => 0x8000_0000 };
            now += how & 0x3F;
            at += 2 + length;
            if (how == 0xFF)
                depacketizer.Restart();
        }

        depacketizer.Finish();
        Assert.Equal(0, depacketizer.Held);
        Assert.All(recorded.Samples, each => Assert.NotEmpty(each.Bytes));
    }

    private static byte[] List(params string[] payloads) =>
        [.. payloads.SelectMany((payload, i) => (byte[])[(byte)(payload.Length / 2), (byte)(i == payloads.Length - 1 ? 0x43 : 0x40), .. Convert.FromHexString(payload)])];
}
