using Muse.Domain.Lessons;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Watching;
using NodaTime;

namespace Muse.Api.Rooms.Quality;

/// <summary>How sound and picture of one room go: now, for operators, and over the lesson, for its report. Fed by looks at the media server and
/// by what the browsers say of themselves. Everything kept is bounded by the seats of the room and <see cref="MostPeople"/>.</summary>
public sealed class RoomQuality(RoomPeople people, Room media, TimeProvider time)
{
    /// <summary>Whoever comes after so many others is not reported on.</summary>
    private const int MostPeople = 64;

    /// <summary>With a look each two seconds, losses are those of the last eight.</summary>
    private const int KeptLooks = 5;

    /// <summary>A thousand hear the same: so many of them show how it goes.</summary>
    private const int MostListeners = 32;

    private readonly Queue<RoomLook> _looks = new();
    private readonly Dictionary<Guid, ClientWord> _words = [];
    private readonly Dictionary<Guid, ClientMessage.Timing> _timings = [];
    private readonly Dictionary<Who, PersonCourse> _courses = [];
    private readonly HashSet<Guid> _cameIn = [];
    private readonly Instant _since = Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>As of the newest look; null before the first. Another thread may read it at any time.</summary>
    public RoomNow? Now { get; private set; }

    public Instant Since => _since;

    /// <summary>Asks the media server how things are.</summary>
    public async Task Look()
    {
        var look = await media.Look(MostListeners);
        lock (people.Gate) Take(look);
    }

    public void Heed(Seat seat, ClientMessage.Measured measured)
    {
        lock (people.Gate)
        {
            if (seat.IsGone) return;
            if (!_words.TryGetValue(seat.Id, out var word)) _words[seat.Id] = word = new();
            var words = word.Heed(measured);
            CourseOf(seat)?.Take(words);
        }
    }

    /// <returns>All steps, those that the server saw among them; null when they were told before.</returns>
    public async Task<JoinTimes?> Heed(Seat seat, ClientMessage.Timing timing)
    {
        lock (people.Gate)
        {
            if (seat.IsGone || !_timings.TryAdd(seat.Id, timing)) return null;
        }
        var look = await media.Look(mostListeners: 0);
        return look.Participants.FirstOrDefault(one => one.Id == seat.Id) is { } person ? Times(person, timing) : null;
    }

    /// <summary>Everybody who was in with media, in the order of coming.</summary>
    public IReadOnlyList<PersonQuality> Report()
    {
        lock (people.Gate) return [.. _courses.Values.Where(course => course.HasMedia).Select(course => course.Report())];
    }

    /// <summary>Under the lock.</summary>
    internal void Take(RoomLook look)
    {
        _looks.Enqueue(look);
        while (_looks.Count > KeptLooks) _looks.Dequeue();
        var before = _looks.Count > 1 ? _looks.ElementAt(_looks.Count - 2) : look;
        var rates = new Rates(look, before, _looks.Peek());
        var present = new List<PersonNow>();
        var audience = new List<ListenerNow>();
        foreach (var person in look.Participants)
        {
            if (person.Role == ParticipantRole.Listener)
                audience.Add(new(person.RoundTrip, [.. person.Subscriptions.Select(got => rates.Gotten(person, got, null))]));
            if (people.Find(person.Id) is not { } seat) continue;
            var now = Of(seat, person, rates);
            present.Add(now);
            // An encoder or player is the same person a second time: the lesson is what the browser gave and got.
            if (!seat.IsStream)
                CourseOf(seat)?.Take(now, Math.Max(0, look.At - before.At) / 1_000.0, seat.AudioMuted || seat.AudioSilenced, seat.VideoMuted || seat.VideoSilenced);
        }
        foreach (var gone in _words.Keys.Where(id => people.Find(id) is null).ToList()) _words.Remove(gone);
        foreach (var gone in _timings.Keys.Where(id => people.Find(id) is null).ToList()) _timings.Remove(gone);
        _cameIn.RemoveWhere(id => people.Find(id) is null);
        var delays = rates.Delays;
        Now = new(look.RoomId, _since.ToUnixTimeMilliseconds(), look.Profile, look.Listeners, delays.Quantile(0.5), delays.Quantile(0.99), present, audience);
    }

    private PersonNow Of(Seat seat, ParticipantLook person, Rates rates)
    {
        var word = _words.GetValueOrDefault(seat.Id);
        var connection = person.Publish ?? person.Subscribe;
        return new(
            seat.Id, seat.Holder.Role, seat.IsStream,
            person.Publish?.State == SelfHostedMedia.Rooms.ConnectionState.Connected || person.Subscribe?.State == SelfHostedMedia.Rooms.ConnectionState.Connected,
            person.RoundTrip ?? word?.RoundTrip,
            // Only the browser knows of a relay; to the server a relay is an address as any other.
            word?.Path ?? (connection?.IsTcp is { } isTcp ? isTcp ? "tcp" : "udp" : null),
            (person.Publish?.IceRestarts ?? 0) + (person.Subscribe?.IceRestarts ?? 0), word?.Processing,
            _timings.TryGetValue(seat.Id, out var timing) ? Times(person, timing) : person.Subscribe is null ? null : Times(person, null),
            [.. person.Tracks.Select(track => rates.Sent(person, track))],
            [.. person.Subscriptions.Select(got => rates.Gotten(person, got, word))], rates.Data(person));
    }

    internal static JoinTimes Times(ParticipantLook person, ClientMessage.Timing? timing)
    {
        var to = person.Subscribe;
        var keyFrame = person.Subscriptions.Where(got => got.Kind == TrackKind.Video).Min(got => got.ToFirst);
        return new(
            timing?.Ticket, timing?.Socket, timing?.Offering, timing?.Signalling, to?.ToHandshake, to?.ToKeys - to?.ToHandshake, keyFrame,
            timing?.First is { } first && keyFrame is { } came ? Math.Max(0, first - came) : null, timing?.Total);
    }

    private PersonCourse? CourseOf(Seat seat)
    {
        // Guests are nobody by name: of thirty of them one course would say nothing.
        if (seat.Holder.Role == RoomRole.Guest) return null;
        var who = Attendance.WhoIs(seat.Holder);
        if (!_courses.TryGetValue(who, out var course))
        {
            if (_courses.Count >= MostPeople) return null;
            _courses[who] = course = new(who);
        }
        if (_cameIn.Add(seat.Id)) course.CameIn();
        return course;
    }
}
