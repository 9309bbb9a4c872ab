using Muse.Domain.Lessons;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms.Quality;

/// <summary>How one person's sound and picture went over all their stays in a room; becomes their part of the report.</summary>
public sealed class PersonCourse(Who who)
{
    /// <summary>0…1 of the sound between two words of a browser, some five seconds: a quarter of a second is heard as a hole.</summary>
    private const double Noticeable = 0.05;

    private readonly Course _roundTrip = new();
    private readonly SentCourse _sound = new();
    private readonly SentCourse _picture = new();
    private readonly Dictionary<TrackKind, (double Lost, double Expected)> _gotten = [];
    private readonly Dictionary<Guid, int> _restarts = [];
    private double _seconds;
    private string? _path;
    private JoinTimes? _join;
    private int _stays;
    private long _samples;
    private long _concealed;
    private int _interruptions;
    private bool _isInterrupted;
    private int? _freezes;
    private long _frozen;

    /// <summary>Somebody whose media never connected has nothing to report.</summary>
    public bool HasMedia { get; private set; }

    public void CameIn() => _stays++;

    /// <param name="seconds">Since the look before.</param>
    /// <param name="soundIsMuted">By whomever: its bitrate says nothing then.</param>
    public void Take(PersonNow now, double seconds, bool soundIsMuted, bool pictureIsMuted)
    {
        _seconds += seconds;
        HasMedia |= now.IsConnected;
        _path = now.Path ?? _path;
        if (now.Join is not null && _stays < 2) _join = now.Join;
        if (now.RoundTrip is { } roundTrip) _roundTrip.Add(roundTrip);
        _restarts[now.ParticipantId] = now.IceRestarts;
        foreach (var track in now.Sends)
        {
            var isSound = track.Kind == TrackKind.Audio;
            (isSound ? _sound : _picture).Take(track, seconds, isSound ? soundIsMuted : pictureIsMuted);
        }
        foreach (var got in now.Gets)
        {
            var (lost, expected) = _gotten.GetValueOrDefault(got.Kind);
            _gotten[got.Kind] = (lost + ((got.Loss ?? 0) * got.Bitrate * seconds), expected + (got.Bitrate * seconds));
        }
    }

    public void Take(IReadOnlyList<TrackWord> words)
    {
        var isInterrupted = false;
        foreach (var word in words)
        {
            _samples += word.Samples;
            _concealed += Math.Min(word.Concealed, word.Samples);
            isInterrupted |= word.ConcealedShare >= Noticeable;
            if (word.Last.Samples > 0) continue;
            _freezes = (int)Math.Min(int.MaxValue, (_freezes ?? 0) + word.Freezes);
            _frozen += word.Frozen;
        }
        // One bad stretch is one interruption, however long it was.
        if (isInterrupted && !_isInterrupted) _interruptions++;
        _isInterrupted = isInterrupted;
    }

    public PersonQuality Report() => new(
        who, (int)_seconds, _path, _roundTrip.IsEmpty ? null : (int)_roundTrip.Median, _roundTrip.IsEmpty ? null : (int)_roundTrip.Highest,
        _restarts.Values.Sum(), Math.Max(0, _stays - 1),
        _join is not { } join ? null : new(join.Ticket, join.Socket, join.Offer, join.Signalling, join.Ice, join.Dtls, join.KeyFrame, join.Show, join.Total),
        _sound.Report(), _picture.Report(),
        _gotten.TryGetValue(TrackKind.Audio, out var heard) ? new(Share(heard), _samples == 0 ? null : Math.Round((double)_concealed / _samples, 4), _interruptions) : null,
        _gotten.TryGetValue(TrackKind.Video, out var seen) ? new(Share(seen), _freezes, _freezes is null ? null : Math.Round(_frozen / 1_000.0, 1)) : null);

    private static double Share((double Lost, double Expected) of) => of.Expected <= 0 ? 0 : Math.Round(of.Lost / of.Expected, 4);

    private sealed class SentCourse
    {
        private readonly Course _bitrate = new();
        private double _lost;
        private double _expected;

        public void Take(SentNow track, double seconds, bool isMuted)
        {
            if (track.Bitrate == 0) return;
            if (!isMuted && !track.IsSilenced) _bitrate.Add(track.Bitrate);
            // Weighted by what was sent: a loss in a moment of little is little lost.
            _lost += (track.Loss ?? 0) * track.Bitrate * seconds;
            _expected += track.Bitrate * seconds;
        }

        public SentQuality? Report() => _expected <= 0 ? null : new((int)_bitrate.Median, (int)_bitrate.Lowest, Share((_lost, _expected)));
    }
}
