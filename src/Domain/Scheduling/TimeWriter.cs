using System.Runtime.CompilerServices;

namespace Muse.Domain.Scheduling;

/// <summary>
/// Writes the texts of <see cref="TimeText"/> as UTF-8 for long lists in the order of time: what stays the same from one to the next (the date,
/// the offset) is kept and only the clock written anew. Years 1900–2199. Not for several threads.
/// </summary>
public struct TimeWriter
{
    private const int Day = 86_400;

    private Text _text;
    private long _midnight = long.MinValue;
    private int _offset = int.MinValue, _length;

    public TimeWriter()
    {
    }

    /// <summary>Writes <c>2026-12-07T08:00:00Z</c>; returns its <see cref="TimeText.InstantLength"/> bytes.</summary>
    public int Write(Span<byte> to, long unixSeconds)
    {
        if (_length != TimeText.InstantLength)
        {
            _text[19] = (byte)'Z';
            _length = TimeText.InstantLength;
        }
        return WriteClock(to, unixSeconds);
    }

    /// <summary>
    /// Writes what a clock that is <paramref name="offsetSeconds"/> ahead of UTC shows, with that offset; returns the bytes,
    /// <see cref="TimeText.LocalLength"/> nearly always.
    /// </summary>
    public int WriteLocal(Span<byte> to, long unixSeconds, int offsetSeconds)
    {
        if (offsetSeconds != _offset)
            ChangeOffset(offsetSeconds);
        return WriteClock(to, unixSeconds + offsetSeconds);
    }

    private int WriteClock(Span<byte> to, long seconds)
    {
        if ((ulong)(seconds - _midnight) >= Day)
            ChangeDate(seconds);
        var ofDay = (int)(seconds - _midnight);
        var minutes = ofDay / 60;
        Span<byte> text = _text;
        TwoDigits(text, 11, minutes / 60);
        TwoDigits(text, 14, minutes % 60);
        TwoDigits(text, 17, ofDay % 60);
        text[.._length].CopyTo(to);
        return _length;
    }

    private void ChangeOffset(int offset)
    {
        _offset = offset;
        var absolute = Math.Abs(offset);
        Span<byte> text = _text;
        text[19] = (byte)(offset < 0 ? '-' : '+');
        TwoDigits(text, 20, absolute / 3600);
        text[22] = (byte)':';
        TwoDigits(text, 23, absolute / 60 % 60);
        text[25] = (byte)':';
        TwoDigits(text, 26, absolute % 60);
        // Only zones of long ago had offsets with seconds.
        _length = absolute % 60 == 0 ? TimeText.LocalLength : TimeText.LongestLocalLength;
    }

    private void ChangeDate(long seconds)
    {
        var day = (int)(seconds / Day) - (seconds % Day < 0 ? 1 : 0);
        _midnight = (long)day * Day;
        var (year, month, date) = CivilDate(day);
        Span<byte> text = _text;
        TwoDigits(text, 0, year / 100);
        TwoDigits(text, 2, year % 100);
        text[4] = text[7] = (byte)'-';
        TwoDigits(text, 5, month);
        TwoDigits(text, 8, date);
        text[10] = (byte)'T';
        text[13] = text[16] = (byte)':';
    }

    // Days since 1970-01-01 to the Gregorian date, counting years from March so that the leap day comes last.
    private static (int Year, int Month, int Day) CivilDate(int day)
    {
        var shifted = day + 719_468;
        var era = shifted / 146_097;
        var ofEra = shifted - (era * 146_097);
        var yearOfEra = (ofEra - (ofEra / 1460) + (ofEra / 36_524) - (ofEra / 146_096)) / 365;
        var ofYear = ofEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var march = ((5 * ofYear) + 2) / 153;
        var month = march < 10 ? march + 3 : march - 9;
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, ofYear - (((153 * march) + 2) / 5) + 1);
    }

    private static void TwoDigits(Span<byte> text, int at, int value)
    {
        text[at] = (byte)('0' + (value / 10));
        text[at + 1] = (byte)('0' + (value % 10));
    }

    [InlineArray(TimeText.LongestLocalLength)]
    private struct Text
    {
        private byte _first;
    }
}
