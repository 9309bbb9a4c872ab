using System.Buffers.Binary;
using Muse.Fragments.Boxes;

namespace Muse.Fragments.Tracks;

/// <summary>The CMAF header: <c>ftyp</c> and <c>moov</c> without any sample (ISO/IEC 14496-12, ISO/IEC 23000-19 §7.3.1). No edit list: times are
/// the sender's, and what they are to each other is the clock mapping's.</summary>
public static class InitSegment
{
    private const uint MovieTimeScale = 1_000;
    private const int VisualEntryLength = 78;
    private const int AudioEntryLength = 28;

    /// <summary>3×3 of 16.16 and 2.30: leaves the picture as it is (ISO/IEC 14496-12 §8.2.2).</summary>
    private static readonly uint[] s_unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

    /// <param name="formats">One for each track; their ids are 1, 2, …</param>
    /// <param name="asAvc1">Names H.264 <c>avc1</c> as Apple wants it, and not <c>avc3</c>, which says that parameter sets come in band too. No other
    /// byte differs, so either can be served in the other's place.</param>
    /// <param name="milliseconds">How long the whole file is, where that is known (<c>mehd</c>, ISO/IEC 14496-12 §8.8.2): players show it. 0: not said.</param>
    public static void Write(BoxWriter writer, ReadOnlySpan<TrackFormat> formats, bool asAvc1 = false, long milliseconds = 0)
    {
        var ftyp = writer.Begin("ftyp"u8);
        writer.Bytes("iso6"u8);
        writer.U32(0);
        writer.Bytes("iso6cmfcmp41"u8);
        writer.End(ftyp);
        var moov = writer.Begin("moov"u8);
        var mvhd = writer.Begin("mvhd"u8, 0, 0);
        writer.Zeros(8);
        writer.U32(MovieTimeScale);
        writer.U32(0);
        writer.U32(0x10000);
        writer.U16(0x100);
        writer.Zeros(10);
        Unity(writer);
        writer.Zeros(24);
        writer.U32((uint)formats.Length + 1);
        writer.End(mvhd);
        for (var i = 0; i < formats.Length; i++)
            Track(writer, formats[i], i + 1, asAvc1);
        var mvex = writer.Begin("mvex"u8);
        if (milliseconds > 0)
        {
            var mehd = writer.Begin("mehd"u8, 1, 0);
            writer.U64((ulong)milliseconds);
            writer.End(mehd);
        }

        for (var i = 0; i < formats.Length; i++)
        {
            var trex = writer.Begin("trex"u8, 0, 0);
            writer.U32((uint)i + 1);
            writer.U32(1);
            writer.Zeros(12);
            writer.End(trex);
        }

        writer.End(mvex);
        writer.End(moov);
    }

    /// <returns>The format of the first track; null when it is none of ours.</returns>
    public static TrackFormat? Read(ReadOnlySpan<byte> bytes)
    {
        var body = bytes;
        foreach (var step in (ReadOnlySpan<string>)["moov", "trak", "mdia", "minf", "stbl", "stsd"])
        {
            var boxes = new BoxReader(body);
            if (!boxes.Find(System.Text.Encoding.ASCII.GetBytes(step)))
                return null;
            body = boxes.Body;
        }

        if (body.Length < 8)
            return null;
        var entries = new BoxReader(body[8..]);
        if (!entries.Next())
            return null;
        var entry = entries.Body;
        return entries.Type switch
        {
            var t when t == BoxReader.Code("avc3"u8) || t == BoxReader.Code("avc1"u8) => Visual(Codec.H264, entry, "avcC"u8),
            var t when t == BoxReader.Code("vp09"u8) => Visual(Codec.Vp9, entry, "vpcC"u8),
            var t when t == BoxReader.Code("av01"u8) => Visual(Codec.Av1, entry, "av1C"u8),
            var t when t == BoxReader.Code("Opus"u8) => Sound(Codec.Opus, entry, "dOps"u8),
            var t when t == BoxReader.Code("mp4a"u8) => Sound(Codec.Aac, entry, "esds"u8),
            _ => null,
        };
    }

    private static TrackFormat? Visual(Codec codec, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> box)
    {
        if (entry.Length < VisualEntryLength)
            return null;
        var boxes = new BoxReader(entry[VisualEntryLength..]);
        return boxes.Find(box)
            ? CodecConfiguration.Format(
                codec, BinaryPrimitives.ReadUInt16BigEndian(entry[24..]), BinaryPrimitives.ReadUInt16BigEndian(entry[26..]), 0, boxes.Body)
            : null;
    }

    private static TrackFormat? Sound(Codec codec, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> box)
    {
        if (entry.Length < AudioEntryLength)
            return null;
        var boxes = new BoxReader(entry[AudioEntryLength..]);
        return boxes.Find(box)
            ? CodecConfiguration.Format(codec, 0, 0, BinaryPrimitives.ReadUInt16BigEndian(entry[16..]), boxes.Body)
            : null;
    }

    private static void Track(BoxWriter writer, TrackFormat format, int id, bool asAvc1)
    {
        var trak = writer.Begin("trak"u8);
        // Enabled, and in the movie (§8.3.2).
        var tkhd = writer.Begin("tkhd"u8, 0, 3);
        writer.Zeros(8);
        writer.U32((uint)id);
        writer.Zeros(20);
        writer.U16(format.IsVideo ? 0 : 0x100);
        writer.U16(0);
        Unity(writer);
        writer.U32((uint)format.Width << 16);
        writer.U32((uint)format.Height << 16);
        writer.End(tkhd);
        var mdia = writer.Begin("mdia"u8);
        var mdhd = writer.Begin("mdhd"u8, 0, 0);
        writer.Zeros(8);
        writer.U32((uint)format.TimeScale);
        writer.U32(0);
        // und
        writer.U16(0x55C4);
        writer.U16(0);
        writer.End(mdhd);
        var hdlr = writer.Begin("hdlr"u8, 0, 0);
        writer.U32(0);
        writer.Bytes(format.IsVideo ? "vide"u8 : "soun"u8);
        writer.Zeros(12);
        writer.Bytes("Muse\0"u8);
        writer.End(hdlr);
        var minf = writer.Begin("minf"u8);
        var header = format.IsVideo ? writer.Begin("vmhd"u8, 0, 1) : writer.Begin("smhd"u8, 0, 0);
        writer.Zeros(format.IsVideo ? 8 : 4);
        writer.End(header);
        var dinf = writer.Begin("dinf"u8);
        var dref = writer.Begin("dref"u8, 0, 0);
        writer.U32(1);
        // The media is in this file.
        writer.End(writer.Begin("url "u8, 0, 1));
        writer.End(dref);
        writer.End(dinf);
        SampleTable(writer, format, asAvc1);
        writer.End(minf);
        writer.End(mdia);
        writer.End(trak);
    }

    private static void SampleTable(BoxWriter writer, TrackFormat format, bool asAvc1)
    {
        var stbl = writer.Begin("stbl"u8);
        var stsd = writer.Begin("stsd"u8, 0, 0);
        writer.U32(1);
        var (entryType, boxType) = format.Codec switch
        {
            Codec.H264 => (asAvc1 ? "avc1" : "avc3", "avcC"),
            Codec.Vp9 => ("vp09", "vpcC"),
            Codec.Av1 => ("av01", "av1C"),
            Codec.Aac => ("mp4a", "esds"),
            _ => ("Opus", "dOps"),
        };
        var entry = writer.Begin(System.Text.Encoding.ASCII.GetBytes(entryType));
        writer.Zeros(6);
        writer.U16(1);
        if (format.IsVideo)
            VisualEntry(writer, format);
        else
            AudioEntry(writer, format);
        var configuration = writer.Begin(System.Text.Encoding.ASCII.GetBytes(boxType));
        writer.Bytes(format.Configuration.Span);
        writer.End(configuration);
        writer.End(entry);
        writer.End(stsd);
        Empty(writer, "stts"u8, 4);
        Empty(writer, "stsc"u8, 4);
        Empty(writer, "stsz"u8, 8);
        Empty(writer, "stco"u8, 4);
        writer.End(stbl);
    }

    /// <summary>§12.1.3: 72 dots per inch, one picture a sample, 24 bits of depth.</summary>
    private static void VisualEntry(BoxWriter writer, TrackFormat format)
    {
        writer.Zeros(16);
        writer.U16(format.Width);
        writer.U16(format.Height);
        writer.U32(0x480000);
        writer.U32(0x480000);
        writer.U32(0);
        writer.U16(1);
        writer.Zeros(32);
        writer.U16(0x18);
        writer.U16(0xFFFF);
    }

    /// <summary>§12.2.3: 16 bits, the rate as 16.16.</summary>
    private static void AudioEntry(BoxWriter writer, TrackFormat format)
    {
        writer.Zeros(8);
        writer.U16(format.Channels);
        writer.U16(16);
        writer.Zeros(4);
        writer.U32((uint)format.TimeScale << 16);
    }

    private static void Empty(BoxWriter writer, ReadOnlySpan<byte> type, int zeros)
    {
        var box = writer.Begin(type, 0, 0);
        writer.Zeros(zeros);
        writer.End(box);
    }

    private static void Unity(BoxWriter writer)
    {
        foreach (var each in s_unity)
            writer.U32(each);
    }
}
