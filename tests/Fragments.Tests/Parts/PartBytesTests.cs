using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tests.Tracks;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Parts;

/// <summary>Written out by hand from ISO/IEC 14496-12 §8.8 and §8.16.2.</summary>
public sealed class PartBytesTests
{
    [Fact]
    public void A_part_of_sound_is_as_the_standard_has_it()
    {
        var recorded = new Recorded { Time = 0x1_0000_0000 };
        recorded.Add(Codec.Opus, [Hex.Bytes("FC FF FE"), Hex.Bytes("FC FF FE")]).Finish();
        var expected = Hex.Bytes(
            """
            00000018 73747970 6D736468 00000000 6D736468 636D6673   ; styp: msdh; msdh cmfs
            00000070 6D6F6F66                                       ; moof 8.8.4
              00000010 6D666864 00000000 00000001                   ; mfhd 8.8.5: the first
              00000058 74726166                                     ; traf 8.8.6
                00000010 74666864 00020000 00000001                 ; tfhd 8.8.7: offsets from the moof; track 1
                00000014 74666474 01000000 0000000100000000         ; tfdt 8.8.12: RTP time behind its first wrap
                0000002C 7472756E 00000701 00000002 00000078        ; trun 8.8.8: two samples, data at 120
                  000003C0 00000003 02000000                        ; 20 ms, 3 bytes, depends on no other
                  000003C0 00000003 02000000
            0000000E 6D646174 FCFFFE FCFFFE                         ; mdat 8.2.2
            """);
        var part = Assert.Single(recorded.Open().Parts);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(recorded.Media.AsSpan((int)part.Offset)));
        Assert.Equal(new PartEntry(28 + 540, expected.Length, Crc32C.Of(expected), 0x1_0000_0000, 1_920, 0x1_0000_0000 / 90, 2, true), part);
    }

    [Fact]
    public void Pictures_last_until_the_next_one_and_say_whether_one_can_begin_there()
    {
        var recorded = new Recorded();
        var key = Hex.Bytes("82 49 83 42 20 27 F0 1D F0 00");
        foreach (var (frame, time) in (ReadOnlySpan<(byte[], long)>)[(key, 0), (Hex.Bytes("86 01"), 3_000), (Hex.Bytes("86 02"), 9_000), (key, 12_003)])
            Assert.True(recorded.Writer.Add(Codec.Vp9, frame, time, 0));
        recorded.Finish();
        var opened = recorded.Open();
        var bytes = new TrackReader(opened, new MemoryStream(recorded.Media)).Read(opened.Parts[0]);
        Assert.Equal(
            Convert.ToHexString(Hex.Bytes(
                """
                00000BB8 0000000A 02000000 ; 3000 ticks
                00001770 00000002 01010000 ; 6000, no sync sample
                00000BBB 00000002 01010000
                00000016 6D646174 82498342202 7F01DF000 8601 8602
                """)),
            Convert.ToHexString(bytes.AsSpan(PartLayout.StypLength + PartLayout.MoofLength)));
        Assert.Equal((12_003, 2), (opened.Parts[1].Time, opened.Parts.Count));
        Assert.Equal(
            [(0, 3_000u, true, 10), (3_000, 6_000u, false, 2), (9_000, 3_003u, false, 2)],
            TrackReader.Samples(bytes).Select(s => (s.Time, s.Duration, s.IsKey, s.Length)));
    }

    [Fact]
    public void The_index_of_a_small_recording_is_as_documented()
    {
        var recorded = new Recorded { Time = 90_000 };
        recorded.Add(Codec.Opus, [Hex.Bytes("FC FF FE"), Hex.Bytes("FC FF FE")]).Finish();
        var lines = System.Text.Encoding.ASCII.GetString(recorded.Index).Split('\n');
        Assert.Matches("^track 1 48000 #[0-9a-f]{8}$", lines[0]);
        Assert.Matches("^init 0 568 [0-9a-f]{8} opus 0 0 2 #[0-9a-f]{8}$", lines[1]);
        Assert.Matches("^part 568 150 [0-9a-f]{8} 90000 1920 1000 2 segment #[0-9a-f]{8}$", lines[2]);
        Assert.Equal(["", ""], [.. lines[3..], ""]);
    }
}
