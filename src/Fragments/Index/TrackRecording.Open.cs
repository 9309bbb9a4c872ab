using System.Buffers;

namespace Muse.Fragments.Index;

public sealed partial class TrackRecording
{
    /// <summary>Lines that are read at most: a day of parts of 0.2 s, five times over.</summary>
    private const int MaxLines = 2_000_000;

    private const int BufferLength = 64 * 1024;

    /// <summary>Reads a recording, finished or killed. Whatever the bytes are, it does not throw; only a stream's own errors pass through.</summary>
    /// <param name="media">Readable and seekable; is read once, and not written.</param>
    /// <param name="index">Readable; is read to its end.</param>
    /// <param name="checksMedia">False believes the index that what it names is whole: for recordings that were checked when they were
    /// finalised. Lengths are always held against the file's.</param>
    public static TrackRecording Open(Stream media, Stream index, bool checksMedia = true)
    {
        var lines = ReadLines(index, out var indexBytes);
        var walk = new Walk(media, checksMedia);
        foreach (var line in lines)
            walk.Take(line);
        var end = walk.Segments.Count == 0 ? 0 : walk.Segments[^1].Offset + walk.Segments[^1].Length;
        var cut = new Cut(Math.Max(0, media.Length - end), walk.CutParts, indexBytes);
        return new TrackRecording([.. walk.Segments.Select(s => s.Init).Distinct()], walk.Segments, lines, end, cut);
    }

    private static List<IndexLine> ReadLines(Stream index, out long cut)
    {
        var lines = new List<IndexLine>();
        var line = new byte[IndexLine.MaxLength];
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        var length = 0L;
        cut = 0;
        int read;
        while ((read = index.Read(buffer)) > 0)
        {
            foreach (var each in buffer.AsSpan(0, read))
            {
                if (each != '\n')
                {
                    if (length < line.Length)
                        line[length] = each;
                    length++;
                    continue;
                }

                var whole = length < line.Length && lines.Count < MaxLines ? IndexLine.Parse(line.AsSpan(0, (int)length)) : null;
                if (whole is null)
                    cut += length + 1;
                else
                    lines.Add(whole);
                length = 0;
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        cut += length;
        return lines;
    }

    /// <summary>Goes through the lines and takes what holds.</summary>
    private sealed class Walk(Stream media, bool checks)
    {
        private readonly byte[] _buffer = new byte[BufferLength];
        private readonly long _length = media.Length;
        private InitEntry? _init;
        private List<PartEntry>? _open;
        private long _at;
        private long _time;

        public List<Segment> Segments { get; } = [];

        public int CutParts { get; private set; }

        public void Take(IndexLine line)
        {
            if (line.Kind == InitEntry.Kind)
                Init(line);
            else if (line.Kind == PartEntry.Kind)
                Part(line);
        }

        private void Init(IndexLine line)
        {
            (_init, _open) = (null, null);
            if (!InitEntry.TryPlace(line, out var offset, out var length, out var crc) || offset < _at || offset + length > _length)
                return;
            var bytes = new byte[length];
            media.Position = offset;
            if (media.ReadAtLeast(bytes, length, throwOnEndOfStream: false) < length || Crc32C.Of(bytes) != crc
                || Tracks.InitSegment.Read(bytes) is not { } format)
                return;
            if (Segments.Count > 0 && Segments[0].Format.TimeScale != format.TimeScale)
                return;
            _init = new InitEntry(offset, length, crc, format);
            _at = offset + length;
        }

        private void Part(IndexLine line)
        {
            var part = PartEntry.From(line);
            if (part is null || part.Offset < _at || part.Time < _time || !Holds(part))
            {
                _open = null;
                CutParts++;
                return;
            }

            // Between this part's bytes and the ones before there is something that the index lost.
            if (part.Offset != _at)
                _open = null;
            _at = part.Offset + part.Length;
            if (_init is null || (_open is null && !part.StartsSegment && _init.Format.IsVideo))
            {
                _open = null;
                CutParts++;
                return;
            }

            if (part.StartsSegment || _open is null)
                Segments.Add(new Segment(_init, _open = []));
            _open.Add(part);
            _time = part.End;
        }

        private bool Holds(PartEntry part)
        {
            if (part.Offset + part.Length > _length)
                return false;
            if (!checks)
                return true;
            media.Position = part.Offset;
            var crc = 0u;
            for (var left = part.Length; left > 0;)
            {
                var read = media.Read(_buffer, 0, Math.Min(left, _buffer.Length));
                if (read <= 0)
                    return false;
                crc = Crc32C.Continue(crc, _buffer.AsSpan(0, read));
                left -= read;
            }

            return crc == part.Crc;
        }
    }
}
