namespace Muse.Imitations.Trying;

/// <summary>One thing that happened to a meeting at a provider.</summary>
/// <param name="What">In words.</param>
public sealed record Chapter(DateTimeOffset At, string What, string Reference, Guid? LessonId);

/// <summary>
/// What became of the meetings that an imitated provider holds: made, moved, taken away, made again. It compares what is held now with what was
/// held at the last look, so it is looked at after each request. Thread-safe.
/// </summary>
public sealed class Story
{
    private const int MostChapters = 200;
    private const int MostRemembered = 2_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<Chapter> _chapters = [];
    private readonly Dictionary<string, HeldMeeting> _held = [];
    private readonly Dictionary<string, Chapter> _made = [];
    private readonly Dictionary<Guid, Chapter> _gone = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Chapter> Chapters
    {
        get
        {
            lock (_gate) return [.. _chapters];
        }
    }

    /// <summary>How a meeting that is held came about; null when it was never looked at.</summary>
    public Chapter? MadeOf(string reference)
    {
        lock (_gate) return _made.GetValueOrDefault(reference);
    }

    public void Look(IReadOnlyList<HeldMeeting> now, DateTimeOffset at)
    {
        lock (_gate)
        {
            var references = now.Select(meeting => meeting.Reference).ToHashSet();
            foreach (var gone in _held.Values.Where(meeting => !references.Contains(meeting.Reference)).ToList())
            {
                _held.Remove(gone.Reference);
                _made.Remove(gone.Reference);
                var chapter = Add(at, "taken away", gone);
                if (gone.LessonId is { } lesson && _gone.Count < MostRemembered) _gone[lesson] = chapter;
            }
            foreach (var meeting in now)
            {
                if (!_held.TryGetValue(meeting.Reference, out var before))
                {
                    var earlier = meeting.LessonId is { } lesson ? _gone.GetValueOrDefault(lesson) : null;
                    _made[meeting.Reference] = Add(at, earlier is null ? "made" : $"made again, after {earlier.Reference} was taken away", meeting);
                }
                else if (before.Start != meeting.Start)
                    Add(at, "moved", meeting);
                _held[meeting.Reference] = meeting;
            }
        }
    }

    private Chapter Add(DateTimeOffset at, string what, HeldMeeting meeting)
    {
        var chapter = new Chapter(at, what, meeting.Reference, meeting.LessonId);
        _chapters.AddFirst(chapter);
        if (_chapters.Count > MostChapters) _chapters.RemoveLast();
        return chapter;
    }
}
