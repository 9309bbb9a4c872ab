using Muse.Fragments.Boxes;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

/// <summary>Written out by hand from ISO/IEC 14496-12 (sections beside the boxes): a box is its length, its name, and what is in it.</summary>
public sealed class InitSegmentTests
{
    private const string Matrix = "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000";
    private const string Zeros24 = "00000000 00000000 00000000 00000000 00000000 00000000";

    private const string Ftyp = """
        0000001C 66747970 69736F36 00000000 69736F36 636D6663 6D703431      ; ftyp 4.3: iso6; iso6 cmfc mp41

        """;

    private const string Mvhd = $"""
        0000006C 6D766864 00000000 00000000 00000000 000003E8 00000000      ; mvhd 8.2.2: 1000 ticks a second, no duration
          00010000 0100 0000 00000000 00000000 {Matrix} {Zeros24} 00000002  ; rate, volume, next track 2

        """;

    private const string Dinf = """
        00000024 64696E66                                                   ; dinf 8.7.1
          0000001C 64726566 00000000 00000001                               ; dref 8.7.2: one entry
            0000000C 75726C20 00000001                                      ; url: in this file

        """;

    private const string EmptyTables = """
        00000010 73747473 00000000 00000000                                 ; stts 8.6.1.2
        00000010 73747363 00000000 00000000                                 ; stsc 8.7.4
        00000014 7374737A 00000000 00000000 00000000                        ; stsz 8.7.3.2
        00000010 7374636F 00000000 00000000                                 ; stco 8.7.5

        """;

    private const string Mvex = """
        00000028 6D766578                                                   ; mvex 8.8.1
          00000020 74726578 00000000 00000001 00000001 00000000 00000000 00000000 ; trex 8.8.3: track 1, entry 1

        """;

    [Fact]
    public void The_header_of_a_sound_track_is_as_the_standards_have_it()
    {
        var expected = Hex.Bytes($"""
            {Ftyp}
            0000021C 6D6F6F76                                               ; moov 8.2.1
            {Mvhd}
            00000180 7472616B                                               ; trak 8.3.1
              0000005C 746B6864 00000003 00000000 00000000 00000001 00000000 00000000 ; tkhd 8.3.2: enabled, in the movie
                00000000 00000000 0000 0000 0100 0000 {Matrix} 00000000 00000000      ; volume 1
              0000011C 6D646961                                             ; mdia 8.4.1
                00000020 6D646864 00000000 00000000 00000000 0000BB80 00000000 55C4 0000 ; mdhd 8.4.2: 48,000, und
                00000025 68646C72 00000000 00000000 736F756E 00000000 00000000 00000000 4D75736500 ; hdlr 8.4.3: soun, Muse
                000000CF 6D696E66                                           ; minf 8.4.4
                  00000010 736D6864 00000000 0000 0000                      ; smhd 12.2.2
                  {Dinf}
                  00000093 7374626C                                         ; stbl 8.5.1
                    00000047 73747364 00000000 00000001                     ; stsd 8.5.2: one entry
                      00000037 4F707573 000000000000 0001 00000000 00000000 0002 0010 0000 0000 BB800000 ; Opus: stereo, 16 bits
                        00000013 644F7073 00 02 0000 0000BB80 0000 00       ; dOps
                    {EmptyTables}
            {Mvex}
            """);
        var writer = new BoxWriter();
        InitSegment.Write(writer, [TrackFormat.Opus]);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(writer.Written));
        Assert.Equal(TrackFormat.Opus, InitSegment.Read(writer.Written));
    }

    [Fact]
    public void The_header_of_a_picture_track_is_as_the_standards_have_it()
    {
        var expected = Hex.Bytes($"""
            {Ftyp}
            0000025F 6D6F6F76                                               ; moov
            {Mvhd}
            000001C3 7472616B                                               ; trak
              0000005C 746B6864 00000003 00000000 00000000 00000001 00000000 00000000
                00000000 00000000 0000 0000 0000 0000 {Matrix} 02800000 01E00000 ; 640 by 480 as 16.16
              0000015F 6D646961                                             ; mdia
                00000020 6D646864 00000000 00000000 00000000 00015F90 00000000 55C4 0000 ; mdhd: 90,000
                00000025 68646C72 00000000 00000000 76696465 00000000 00000000 00000000 4D75736500 ; hdlr: vide
                00000112 6D696E66                                           ; minf
                  00000014 766D6864 00000001 0000 0000 0000 0000            ; vmhd 12.1.2
                  {Dinf}
                  000000D2 7374626C                                         ; stbl
                    00000086 73747364 00000000 00000001                     ; stsd
                      00000076 61766333 000000000000 0001                   ; avc3, ISO/IEC 14496-15 5.4.2.1
                        0000 0000 00000000 00000000 00000000 0280 01E0 00480000 00480000 00000000 0001
                        00 {Zeros24} 00000000 000000 0018 FFFF              ; no name of a compressor; depth 24
                        00000020 61766343                                   ; avcC, ISO/IEC 14496-15 5.3.3.1.2
                          01 42 C0 1F FF E1 0009 6742C01FDA0280F640 01 0004 68CE3880
                    {EmptyTables}
            {Mvex}
            """);
        var format = TrackFormat.Read(Codec.H264, H264SampleTests.Sample(
            Hex.Bytes("67 42 C0 1F DA 02 80 F6 40"), Hex.Bytes("68 CE 38 80"), Hex.Bytes("65 88 84 00 10")))!;
        var writer = new BoxWriter();
        InitSegment.Write(writer, [format]);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(writer.Written));
        Assert.Equal(format, InitSegment.Read(writer.Written));
        Assert.Equal("avc3.42C01F 640x480", InitSegment.Read(writer.Written)!.ToString());
    }
}
