using System.Diagnostics;
using System.Globalization;

namespace Muse.SelfHostedMedia.Tests;

/// <summary>Mutated examples and noise for whatever reads what a stranger wrote. In tests a fixed number with a fixed seed (MUSE_LONG=1: a
/// hundredfold); <c>./muse fuzz</c> sets MUSE_FUZZ_SECONDS, which makes it that long (0: until it is stopped) with a seed of its own.</summary>
internal static class Fuzzing
{
    private const int FixedSeed = 20_261_121;

    private static readonly string? s_seconds = Environment.GetEnvironmentVariable("MUSE_FUZZ_SECONDS");

    public static int Rounds => Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 2_000_000 : 20_000;

    /// <summary>The parser that <c>./muse fuzz</c> was asked for; null for all.</summary>
    public static string? OnlyParser => Environment.GetEnvironmentVariable("MUSE_FUZZ_PARSER") is { Length: > 0 } name ? name : null;

    public static bool IsUnbounded => s_seconds is not null;

    public static IEnumerable<byte[]> Inputs(params byte[][] examples)
    {
        var random = new Random(FixedSeed);
        for (var round = 0; round < Rounds; round++)
            yield return Input(round, examples, random);
    }

    /// <summary>Feeds one parser. What it throws is wrapped in what is needed to see it again.</summary>
    /// <param name="share">Of the rounds of a test, for readers that take long.</param>
    public static void Feed(string parser, byte[][] examples, double share, Action<byte[]> read)
    {
        var seed = IsUnbounded ? Environment.TickCount : FixedSeed;
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        var limit = IsUnbounded && int.Parse(s_seconds!, CultureInfo.InvariantCulture) is > 0 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.MaxValue;
        var rounds = IsUnbounded ? long.MaxValue : (long)(Rounds * share);
        long round = 0;
        for (; round < rounds && (round % 256 != 0 || clock.Elapsed < limit); round++)
        {
            var input = round < examples.Length ? examples[round] : Input(round, examples, random);
            try
            {
                read(input);
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException(
                    $"{parser} does not survive {Convert.ToHexStringLower(input)} (seed {seed}, round {round}): add it to the examples.", fault);
            }
        }

        if (IsUnbounded)
            Console.WriteLine($"{parser}: {round:N0} inputs in {clock.Elapsed.TotalSeconds:N0} s, seed {seed}");
    }

    private static byte[] Input(long round, byte[][] examples, Random random)
    {
        if (round % 8 != 0)
            return Mutate(examples[random.Next(examples.Length)], examples, random);
        var noise = new byte[random.Next(0, 200)];
        random.NextBytes(noise);
        return noise;
    }

    private static byte[] Mutate(byte[] example, byte[][] examples, Random random)
    {
        var bytes = example.ToList();
        for (var change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(8))
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
                case 4:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255;
                    break;
                case 5:
                    // A stretch twice.
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(1, Math.Min(64, bytes.Count - at) + 1)));
                    break;
                case 6:
                    // The beginning of one with the end of another.
                    var other = examples[random.Next(examples.Length)];
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                    break;
                default:
                    // A length that is off by one.
                    bytes[at] = (byte)(bytes[at] + (random.Next(2) == 0 ? 1 : -1));
                    break;
            }

            if (bytes.Count > 65_536)
                bytes.RemoveRange(65_536, bytes.Count - 65_536);
        }

        return [.. bytes];
    }
}
