using System.Buffers.Binary;
using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Parts;

/// <summary>A track's sound on the recording's line of time, silence wherever nothing came, from the recording's beginning on: for programs that
/// would hold a hole of half an hour in memory, or close it. What is left (drift, less than a packet) stands in the times.</summary>
public static class SteadySound
{
    private const int SilentTicks = 960;

    /// <summary>20 ms of nothing: CELT, full band, stereo (RFC 6716 §3.1).</summary>
    private static readonly byte[] s_silence = [0xFC, 0xFF, 0xFE];

    /// <param name="media">Readable and seekable; stays the caller's.</param>
    /// <param name="place">From the track's raw ticks to ticks of the same length since the recording began. Negative ones become 0.</param>
    /// <exception cref="InvalidDataException">The media file is no longer what its index says.</exception>
    public static void Write(Stream output, TrackRecording recording, Stream media, Func<long, long> place)
    {
        var init = new BoxWriter();
        InitSegment.Write(init, [TrackFormat.Opus]);
        output.Write(init.Written);
        var reader = new TrackReader(recording, media);
        var end = 0L;
        foreach (var part in recording.Parts)
        {
            var time = Math.Max(0, place(part.Time));
            if (time - end >= SilentTicks)
                Silence(output, end, time);
            var bytes = reader.Read(part);
            var moof = PartLayout.MoofAt(bytes);
            if (moof < 0)
                throw new InvalidDataException($"no part at byte {part.Offset}");
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(moof + PartLayout.TimeAt), time);
            output.Write(bytes.AsSpan(moof));
            end = time + part.Duration;
        }
    }

    private static void Silence(Stream output, long from, long to)
    {
        var writer = new PartWriter(new PartsAlone(output), PartLimits.Lesson);
        for (var time = from; time + SilentTicks <= to; time += SilentTicks)
            writer.Add(Codec.Opus, s_silence, time, 0);
        writer.Finish();
    }

    private sealed class PartsAlone(Stream output) : IPartSink
    {
        public void Init(InitEntry init, ReadOnlySpan<byte> bytes)
        {
        }

        public void Part(PartEntry part, ReadOnlySpan<byte> bytes) => output.Write(bytes[PartLayout.MoofAt(bytes)..]);

        public void Note(IndexLine line)
        {
        }
    }
}
