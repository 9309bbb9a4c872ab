using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms.Forwarding;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Shares a subscriber's line among its subscriptions: measures what each track's layers cost, lets <see cref="LayerChoice"/> choose,
/// aims the subscriptions and tells the room what became of a picture. Ten times a second, and at once when the line gets thinner.</summary>
internal sealed class Viewing
{
    private const long Gap = 100;
    private const long RestAfterFall = 3_000;
    private const long RestAfterRise = 1_000;

    /// <summary>ms that a line must have been too thin for a picture's least before the picture is paused. A pause costs seconds: until the line is
    /// believed again, and then a key frame. A moment's delay (a busy machine, another route) is over by then, and a publisher that yields
    /// has come down to next to nothing.</summary>
    private const long PatienceBeforePause = 1_500;

    /// <summary>One that sends no feedback is sent what it asks for: nothing is known against it.</summary>
    private const long Unmeasured = 1_000_000_000;

    private readonly List<LayerDemand> _demands = [];
    private long _choseAt = long.MinValue / 2;
    private long _fellAt = long.MinValue / 2;
    private long _roseAt = long.MinValue / 2;
    private long _thinSince = -1;
    private long _budget = long.MaxValue;

    /// <summary>bit/s that would be sent if the line carried anything; 0 while nothing is known.</summary>
    public long Wanted { get; private set; }

    /// <summary>A picture that somebody looks at waits for the line.</summary>
    public bool IsPaused
    {
        get
        {
            foreach (var demand in _demands)
            {
                if (demand is { IsVideo: true, HasNews: true, MaxHeight: > 0, Chosen: LayerDemand.Paused })
                    return true;
            }

            return false;
        }
    }

    public void Tick(Subscriber subscriber, List<Subscription> subscriptions, long now)
    {
        // Sound is not chosen, and there is no picture's stream for a probe.
        if (!HasPicture(subscriptions))
        {
            Wanted = 0;
            _demands.Clear();
            return;
        }

        var budget = subscriber.Line.IsMeasured ? subscriber.Line.Bitrate : Unmeasured;
        if (now - _choseAt < Gap && budget * 10 >= _budget * 9)
            return;
        (_choseAt, _budget) = (now, budget);
        _demands.Clear();
        foreach (var subscription in subscriptions)
        {
            if (subscription.Track is { } track)
                Fill(subscription, track, now);
        }

        var mayRise = now - _fellAt >= RestAfterFall && now - _roseAt >= RestAfterRise && subscriber.Line.Use != LineUse.Over;
        var mayPause = !subscriber.Line.IsTrying && _thinSince >= 0 && now - _thinSince >= PatienceBeforePause;
        Wanted = LayerChoice.Choose(_demands, budget, mayRise, mayPause, subscriber.Participant.Room.Profile.MaxVideoBitrate);
        if (!IsAnyKept())
            _thinSince = -1;
        else if (_thinSince < 0)
            _thinSince = now;
        foreach (var subscription in subscriptions)
        {
            if (subscription.Track is { IsVideo: true } track)
                Apply(subscription, track, now);
        }
    }

    private static bool HasPicture(List<Subscription> subscriptions)
    {
        foreach (var subscription in subscriptions)
        {
            if (subscription.IsVideo && subscription.Track is not null)
                return true;
        }

        return false;
    }

    private bool IsAnyKept()
    {
        foreach (var demand in _demands)
        {
            if (demand.IsKept)
                return true;
        }

        return false;
    }

    private void Fill(Subscription subscription, PublishedTrack track, long now)
    {
        var demand = subscription.Demand;
        demand.IsVideo = track.IsVideo;
        demand.IsYielding = track.IsVideo && track.Encodings.Length == 1 && !subscription.Subscriber.IsAudience;
        demand.ClearSteps();
        demand.AudioBitrate = 0;
        if (track.IsVideo)
            AddSteps(demand, track, now);
        else
            demand.AudioBitrate = Sound(subscription, track, now);
        demand.HasNews = !track.IsVideo || HasBitrate(demand);
        (subscription.ChosenBefore, subscription.AllowedBefore) = (demand.Chosen, demand.Allowance);
        _demands.Add(demand);
    }

    /// <summary>As it goes out: what the publisher sends twice may go out once, and the other way round.</summary>
    private static long Sound(Subscription subscription, PublishedTrack track, long now)
    {
        if (track.IsSilenced)
            return 0;
        var sent = subscription.Rate.BitsPerSecond(now);
        // Nothing has gone out yet.
        return sent > 0 ? sent : Math.Min(track.Encodings[0].Rate.BitsPerSecond(now), track.Publisher.Participant.Room.Profile.AudioBitrate);
    }

    /// <summary>Temporal layers are left out of the smallest encoding alone: above it, the next smaller one is the better thing to fall back
    /// to. What they cost is not measured but known from how encoders divide.</summary>
    private static void AddSteps(LayerDemand demand, PublishedTrack track, long now)
    {
        for (var place = 0; place < track.Encodings.Length; place++)
        {
            var encoding = track.Encodings[place];
            var bitrate = encoding.Rate.BitsPerSecond(now);
            if (place == 0)
            {
                var layers = encoding.Layers.TemporalLayers;
                demand.Add(new(0, 0, encoding.Height, layers < 2 ? 0 : (long)(bitrate * PublisherLimit.LowestTemporalShare)));
                demand.Add(new(0, 1, encoding.Height, layers < 3 ? 0 : (long)(bitrate * PublisherLimit.MiddleTemporalShare)));
            }

            demand.Add(new((byte)place, byte.MaxValue, encoding.Height, bitrate));
        }
    }

    private static bool HasBitrate(LayerDemand demand)
    {
        foreach (var step in demand.Steps)
        {
            if (step.Bitrate > 0)
                return true;
        }

        return false;
    }

    private void Apply(Subscription subscription, PublishedTrack track, long now)
    {
        var demand = subscription.Demand;
        if (demand.Allowance < subscription.AllowedBefore || subscription.AllowedBefore == 0)
            track.Publisher.DoubtCeiling();
        var before = subscription.ChosenBefore;
        // Nothing has come of it, or its camera is off: it stays as it is, so that it is there at once when it comes.
        if (!demand.HasNews && demand.MaxHeight > 0)
        {
            demand.Chosen = before;
            return;
        }

        if (demand.Chosen == before)
            return;
        if (before != LayerDemand.Unknown && demand.MaxHeight > 0)
            (demand.Chosen < before ? ref _fellAt : ref _roseAt) = now;
        subscription.Aim(Target(demand, track));
        Tell(subscription, track);
    }

    private static LayerTarget Target(LayerDemand demand, PublishedTrack track)
    {
        if (demand.Chosen < 0)
            return LayerTarget.Paused;
        var step = demand.Steps[demand.Chosen];
        return new(track.Encodings.Length == 1 ? byte.MaxValue : step.Encoding, step.Temporal, false);
    }

    private static void Tell(Subscription subscription, PublishedTrack track)
    {
        var demand = subscription.Demand;
        var step = demand.Chosen < 0 ? default : demand.Steps[demand.Chosen];
        var state = demand.MaxHeight == 0 ? PictureState.Hidden
            : demand.Chosen < 0 ? PictureState.Paused
            : step.Temporal != byte.MaxValue ? PictureState.Thinned
            : demand.Chosen < demand.Best ? PictureState.Smaller
            : PictureState.Whole;
        if (state == subscription.Picture)
            return;
        subscription.Picture = state;
        var subscriber = subscription.Subscriber;
        var room = subscriber.Participant.Room;
        room.Say(new PictureChanged(room.Id, subscriber.Thread.Time, subscriber.Participant.Id, track.Info.Id, state, step.Height));
    }
}
