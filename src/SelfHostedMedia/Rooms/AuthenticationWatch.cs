namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Notices a connection whose packets do not open. A few are strangers' or damaged; many mean that keys or code do not agree, which
/// no figure of the media shows: 50,000 refused RTCP packets once went unseen (docs/media.md).</summary>
internal sealed class AuthenticationWatch
{
    /// <summary>Refused packets of one second that are an alarm.</summary>
    public const int Threshold = 20;

    /// <summary>Milliseconds between two alarms of one connection.</summary>
    public const long Pause = 60_000;

    private int _inThisSecond;
    private long _quietUntil;

    public void Refuse() => _inThisSecond++;

    /// <summary>Called every second.</summary>
    /// <param name="refused">Packets refused in that second.</param>
    public bool IsAlarm(long now, out int refused)
    {
        refused = _inThisSecond;
        _inThisSecond = 0;
        if (refused < Threshold || now < _quietUntil)
            return false;
        _quietUntil = now + Pause;
        return true;
    }
}
