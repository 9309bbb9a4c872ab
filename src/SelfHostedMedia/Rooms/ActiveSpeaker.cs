namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Who is speaking or playing, by the audio levels (RFC 6464) that pass by; the sound itself is neither decoded nor touched. Someone
/// else becomes it after being clearly louder for a while, so that a cough or a page turned changes nothing; silence changes
/// nothing either: the last one stays.</summary>
internal sealed class ActiveSpeaker
{
    /// <summary>Louder than this counts as sound, dBov. Quiet playing is far above a room's noise.</summary>
    private const double Threshold = -50;

    /// <summary>dB by which another must be louder.</summary>
    private const double Margin = 6;
    private const long Patience = 400;

    /// <summary>Nobody has been heard for this long: the first who sounds becomes it at once.</summary>
    private const long Pause = 2_000;
    private const double Rise = 0.25;
    private const double Fall = 0.05;
    private const double Silence = -127;

    private readonly List<Voice> _voices = [];
    private Guid _candidate;
    private long _candidateSince;
    private long _heardAt = long.MinValue / 2;

    /// <summary>Null until somebody has been heard.</summary>
    public Guid? Current { get; private set; }

    /// <summary>One packet's level.</summary>
    /// <param name="minusDecibels">0 (loudest) … 127 (silence).</param>
    public void Heard(Guid participant, int minusDecibels)
    {
        foreach (var voice in _voices)
        {
            if (voice.Participant != participant)
                continue;
            var level = -(double)minusDecibels;
            voice.Level += (level - voice.Level) * (level > voice.Level ? Rise : Fall);
            voice.HasSpoken = true;
            return;
        }

        _voices.Add(new(participant) { Level = Silence + ((127 - minusDecibels) * Rise), HasSpoken = true });
    }

    public void Left(Guid participant)
    {
        _voices.RemoveAll(voice => voice.Participant == participant);
        if (Current == participant)
            Current = null;
    }

    /// <summary>Decides anew; each 100 ms or so.</summary>
    /// <param name="now">ms</param>
    /// <returns>True when <see cref="Current"/> is another than before.</returns>
    public bool Decide(long now)
    {
        Voice? loudest = null;
        Voice? current = null;
        foreach (var voice in _voices)
        {
            // No packet at all since the last time: muted, or gone quiet with DTX.
            if (!voice.HasSpoken)
                voice.Level += (Silence - voice.Level) * Fall;
            voice.HasSpoken = false;
            if (loudest is null || voice.Level > loudest.Level)
                loudest = voice;
            if (voice.Participant == Current)
                current = voice;
        }

        var isQuiet = now - _heardAt > Pause;
        if (current is { Level: > Threshold })
            _heardAt = now;
        if (loudest is null || loudest.Level <= Threshold || loudest.Participant == Current
            || (current is not null && !isQuiet && loudest.Level < current.Level + Margin))
        {
            _candidate = default;
            return false;
        }

        if (_candidate != loudest.Participant)
            (_candidate, _candidateSince) = (loudest.Participant, now);
        if (Current is not null && !isQuiet && now - _candidateSince < Patience)
            return false;
        Current = loudest.Participant;
        _heardAt = now;
        _candidate = default;
        return true;
    }

    private sealed class Voice(Guid participant)
    {
        public Guid Participant { get; } = participant;

        public double Level { get; set; }

        public bool HasSpoken { get; set; }
    }
}
