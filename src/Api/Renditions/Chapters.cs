using System.Globalization;
using System.Text;
using Muse.Adapters.Postgres;
using Muse.Api.Marks;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using Muse.Domain.Recordings;

namespace Muse.Api.Renditions;

/// <param name="From">ms of the recording.</param>
/// <param name="To">ms; at most where the next one begins.</param>
/// <param name="Title">A passage's number, or a mark's after a star: a file is passed on, so what was noted is not in it.</param>
public sealed record Chapter(long From, long To, string Title);

/// <summary>Of a file that is kept: where anybody is heard, and what the tutor marked for everybody. Marks of the student's side are that side's.</summary>
public sealed class Chapters(EventStore store)
{
    /// <summary>Who presses at the first note marks what was before it.</summary>
    private const long Before = 5_000;

    public async Task<IReadOnlyList<Chapter>> Of(RenditionWork work, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        var marks = await session.AggregateStreamAsync<LessonMarks>(MarkDesk.StreamOf(work.Row.LessonId), ct);
        var places = marks?.Marks.Values.Where(mark => mark.By.Part == Part.Tutor && !mark.IsRemoved)
            .Select(mark => (long)(mark.Moment - work.Row.From!.Value).TotalMilliseconds) ?? [];
        var drawn = Path.Combine(work.Beside, DrawWaveform.File);
        var passages = File.Exists(drawn) ? EventJson.Read<Waveform>(await File.ReadAllTextAsync(drawn, ct)).Passages : [];
        return Of(passages, [.. places], (long)work.Length.TotalMilliseconds);
    }

    /// <param name="marks">ms of the recording, in any order; what is not of it counts not.</param>
    /// <param name="length">ms.</param>
    public static IReadOnlyList<Chapter> Of(IReadOnlyList<Passage> passages, IReadOnlyList<long> marks, long length)
    {
        var begins = passages.Select((passage, i) => (passage.From, IsMark: false, Number: i + 1))
            .Concat(marks.Where(at => at >= -Before && at < length).Order().Select((at, i) => (From: Math.Max(0, at), IsMark: true, Number: i + 1)))
            // Of two that begin together the last is kept: it is the mark.
            .GroupBy(each => each.From).Select(group => group.OrderBy(each => each.IsMark).ThenBy(each => each.Number).Last())
            .OrderBy(each => each.From).ToList();
        return [.. begins.Select((each, i) => new Chapter(
            each.From, Math.Min(End(each.From), i + 1 < begins.Count ? begins[i + 1].From : length),
            string.Create(CultureInfo.InvariantCulture, $"{(each.IsMark ? "★ " : "")}{each.Number}")))];

        // What is marked in silence goes on to whatever is next.
        long End(long from) => passages.FirstOrDefault(passage => passage.From <= from && from < passage.To)?.To ?? length;
    }

    /// <summary>As ffmpeg reads them (its formats, "Metadata 2").</summary>
    public static string ToMetadata(IReadOnlyList<Chapter> chapters)
    {
        var text = new StringBuilder(";FFMETADATA1\n");
        foreach (var chapter in chapters)
            text.Append(CultureInfo.InvariantCulture, $"[CHAPTER]\nTIMEBASE=1/1000\nSTART={chapter.From}\nEND={chapter.To}\ntitle={chapter.Title}\n");
        return text.ToString();
    }
}
