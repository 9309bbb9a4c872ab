using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class DependencyDescriptorTests
{
    /// <summary>L1T3 as the AV1 RTP specification's table of structures has it: five templates, three decode targets, one chain.</summary>
    private static readonly byte[] KeyFrameOfThreeRates = Structure(
        [(0, 0), (0, 0), (0, 1), (0, 2), (0, 2)],
        ["SSS", "SSS", "-DS", "--D", "--D"],
        [[], [4], [2], [1], [1]],
        [0, 0, 0],
        [[0], [4], [2], [1], [3]]);

    /// <summary>Two spatial layers of two rates each, four decode targets.</summary>
    private static readonly byte[] KeyFrameOfTwoSizes = Structure(
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        ["SSSS", "-D-D", "--SS", "---D"],
        [[], [1], [1], [2]],
        [0, 0, 1, 1],
        [[0, 0], [1, 1], [1, 1], [2, 2]],
        [180, 360]);

    private readonly DependencyStructure _structure = new();
    private readonly DependencyStructure _scratch = new();

    [Fact]
    public void A_key_frame_brings_the_layers_of_the_packets_after_it()
    {
        Assert.False(TryParse([0xC2, 0, 1], out _));
        Assert.True(TryParse(KeyFrameOfThreeRates, out var key));
        Assert.True(key.HasStructure);
        Assert.True(key.BeginsFrame);
        Assert.Equal((0, 0, 2), (key.Spatial, key.Temporal, key.SwitchUpTo));
        Assert.Equal((5, 3), (_structure.Templates, _structure.Targets));

        foreach (var (template, temporal, switchUpTo) in new[] { (1, 0, 2), (2, 1, 2), (3, 2, 0), (4, 2, 0) })
        {
            Assert.True(TryParse([(byte)(0x40 | template), 0x12, 0x34], out var packet));
            Assert.Equal((0, temporal, switchUpTo), (packet.Spatial, packet.Temporal, packet.SwitchUpTo));
            Assert.Equal(0x1234, packet.FrameNumber);
            Assert.False(packet.BeginsFrame);
            Assert.True(packet.EndsFrame);
        }

        Assert.False(TryParse([5, 0, 1], out _));
    }

    [Fact]
    public void Spatial_layers_come_with_their_sizes()
    {
        Assert.True(TryParse(KeyFrameOfTwoSizes, out _));
        Assert.Equal(2, _structure.SpatialLayers);
        Assert.Equal([180, 360], _structure.Heights[..2].ToArray());
        Assert.True(TryParse([0x83, 0, 1], out var packet));
        Assert.Equal((1, 1), (packet.Spatial, packet.Temporal));
    }

    [Fact]
    public void Both_forms_of_header_extensions_carry_it()
    {
        byte[] oneByte = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xBE, 0xDE, 0, 1, 0xC2, 0x42, 0x12, 0x34];
        Assert.True(RtpHeader.TryParse(oneByte, out var header));
        Assert.True(HeaderExtensions.TryFind(oneByte, header, 12, out var element));
        Assert.Equal([0x42, 0x12, 0x34], element.ToArray());

        byte[] twoBytes =
        [
            0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0, (byte)((KeyFrameOfTwoSizes.Length + 5) / 4), 12,
            (byte)KeyFrameOfTwoSizes.Length, .. KeyFrameOfTwoSizes, 0, 0, 0,
        ];
        Assert.True(RtpHeader.TryParse(twoBytes, out header));
        Assert.True(HeaderExtensions.TryFind(twoBytes, header, 12, out element));
        Assert.True(TryParse(element, out _));
    }

    [Fact]
    public void A_malformed_structure_leaves_the_former_in_force()
    {
        Assert.True(TryParse(KeyFrameOfThreeRates, out _));
        for (var length = 4; length < KeyFrameOfTwoSizes.Length - 1; length++)
            Assert.False(TryParse(KeyFrameOfTwoSizes.AsSpan(0, length), out _));
        Assert.Equal(5, _structure.Templates);
    }

    [Fact]
    public void Mutated_descriptors_never_throw_and_stay_within_bounds()
    {
        var random = new Random(11);
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = (i % 2 == 0 ? KeyFrameOfThreeRates : KeyFrameOfTwoSizes).ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            if (!TryParse(bytes.AsSpan(0, random.Next(bytes.Length + 1)), out var descriptor))
                continue;
            Assert.InRange(descriptor.Spatial, 0, 3);
            Assert.InRange(descriptor.Temporal, 0, 7);
            Assert.InRange(_structure.Templates, 1, DependencyStructure.MaxTemplates);
            Assert.InRange(_structure.Targets, 1, DependencyStructure.MaxTargets);
        }
    }

    private static byte[] Structure(
        (int Spatial, int Temporal)[] layers, string[] indications, int[][] differences, int[] protectedBy, int[][] chains,
        int[]? heights = null)
    {
        var bits = new List<bool>();
        Write(0b11, 2);
        Write(0, 6);
        Write(1, 16);
        Write(0b10000, 5);
        Write(0, 6);
        Write(indications[0].Length - 1, 5);
        for (var i = 0; i < layers.Length; i++)
            Write(i + 1 == layers.Length ? 3 : layers[i + 1] == layers[i] ? 0 : layers[i + 1].Spatial == layers[i].Spatial ? 1 : 2, 2);
        foreach (var each in indications.SelectMany(each => each))
            Write(each switch { '-' => 0, 'D' => 1, 'S' => 2, _ => 3 }, 2);
        foreach (var template in differences)
        {
            foreach (var difference in template)
                Write(0x10 | (difference - 1), 5);
            Write(0, 1);
        }

        NonSymmetric(chains[0].Length, indications[0].Length + 1);
        foreach (var chain in protectedBy)
            NonSymmetric(chain, chains[0].Length);
        foreach (var difference in chains.SelectMany(each => each))
            Write(difference, 4);
        Write(heights is null ? 0 : 1, 1);
        foreach (var height in heights ?? [])
        {
            Write((height * 16 / 9) - 1, 16);
            Write(height - 1, 16);
        }

        while (bits.Count % 8 != 0)
            bits.Add(false);
        return [.. bits.Chunk(8).Select(chunk => (byte)chunk.Aggregate(0, (value, bit) => (value << 1) | (bit ? 1 : 0)))];

        void Write(int value, int count)
        {
            for (var bit = count - 1; bit >= 0; bit--)
                bits.Add(((value >> bit) & 1) != 0);
        }

        void NonSymmetric(int value, int limit)
        {
            var width = 32 - int.LeadingZeroCount(limit);
            var shorter = (1 << width) - limit;
            if (value < shorter)
                Write(value, width - 1);
            else
                Write(value + shorter, width);
        }
    }

    private bool TryParse(ReadOnlySpan<byte> element, out DependencyDescriptor descriptor) =>
        DependencyDescriptor.TryParse(element, _structure, _scratch, out descriptor);
}
