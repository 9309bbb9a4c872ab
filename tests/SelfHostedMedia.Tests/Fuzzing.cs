namespace Muse.SelfHostedMedia.Tests;

/// <summary>Bounded fuzzing with a fixed seed: random bytes, and mutations of a good example. MUSE_LONG=1 makes it a hundredfold.</summary>
internal static class Fuzzing
{
    public static int Rounds => Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 2_000_000 : 20_000;

    public static IEnumerable<byte[]> Inputs(params byte[][] examples)
    {
        var random = new Random(20_261_121);
        for (var round = 0; round < Rounds; round++)
        {
            if (round % 4 == 0)
            {
                var noise = new byte[random.Next(0, 200)];
                random.NextBytes(noise);
                yield return noise;
                continue;
            }

            yield return Mutate(examples[random.Next(examples.Length)], random);
        }
    }

    private static byte[] Mutate(byte[] example, Random random)
    {
        var bytes = example.ToList();
        for (var change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(1, bytes.Count - at + 1));
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255;
                    break;
            }
        }

        return [.. bytes];
    }
}
