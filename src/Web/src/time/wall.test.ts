import { describe, expect, it } from 'vitest';
import { addDays, byDay, clockText, dayText, daysApart, parseWall, timeText, weekdayOf, weekdayText } from './wall';

describe('a wall time', () => {
  it('is read as it stands, whatever the zone of this machine', () => {
    const wall = parseWall('2026-12-07T17:00:00+09:00');
    expect(wall.date).toBe('2026-12-07');
    expect(wall.minuteOfDay).toBe(17 * 60);
    expect(wall.offset).toBe('+09:00');
    expect(weekdayOf(wall)).toBe(1);
    expect(timeText(wall, 'en-GB')).toMatch(/^0?17:00$/);
    expect(dayText(wall, 'en-GB')).toContain('Monday');
  });

  it('keeps its hour where the zone of the browser would skip it', () => {
    // 02:30 on this day does not exist in Berlin; as a wall time of another zone it does.
    expect(timeText(parseWall('2027-03-28T02:30:00+01:00'), 'de')).toMatch(/^0?2:30$/);
  });

  it('may carry a zone in brackets, no offset, or Z', () => {
    expect(parseWall('2026-12-07T17:00:00+09:00[Asia/Seoul]').offset).toBe('+09:00');
    expect(parseWall('2026-12-07T17:00').offset).toBe('');
    expect(parseWall('2026-12-07T17:00:00Z').offset).toBe('+00:00');
  });

  it('is refused when it is none', () => {
    expect(() => parseWall('tomorrow')).toThrow(RangeError);
  });

  it('is written in the reader’s language with its weekday', () => {
    const wall = parseWall('2026-12-08T01:30:00+09:00');
    expect(dayText(wall, 'ko')).toContain('화요일');
    expect(dayText(wall, 'ar-AE-u-ca-gregory')).toContain('الثلاثاء');
    expect(weekdayText(7, 'en')).toBe('Sunday');
    expect(clockText('24:00', 'en-GB')).toMatch(/^0?0:00$/);
  });
});

describe('two walls of one moment', () => {
  it.each([
    ['2026-12-07T23:30:00+04:00', '2026-12-08T04:30:00+09:00', 1],
    ['2026-12-08T04:30:00+09:00', '2026-12-07T23:30:00+04:00', -1],
    ['2026-12-07T12:00:00+04:00', '2026-12-07T17:00:00+09:00', 0],
    ['2026-12-31T23:00:00-11:00', '2027-01-02T00:00:00+14:00', 2],
  ])('%s and %s are %i days apart', (mine, other, days) => {
    expect(daysApart(parseWall(mine), parseWall(other))).toBe(days);
  });
});

describe('grouping by day', () => {
  it('follows the viewer’s calendar and keeps the order', () => {
    const days = byDay(['2026-12-07T23:00:00+04:00', '2026-12-08T00:00:00+04:00', '2026-12-08T09:00:00+04:00'], (text) => text);
    expect(days.map((day) => [day.date, day.items.length])).toEqual([['2026-12-07', 1], ['2026-12-08', 2]]);
  });

  it('counts days over the end of a month', () => {
    expect(addDays('2027-02-27', 2)).toBe('2027-03-01');
  });
});
