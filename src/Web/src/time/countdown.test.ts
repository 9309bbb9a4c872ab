import { describe, expect, it } from 'vitest';
import { leftParts, nextTick, timeLeft, unitParts, unitText } from './countdown';

const start = '2026-12-07T08:00:00Z';
const before = (milliseconds: number) => timeLeft(start, Date.parse(start) - milliseconds);
const hour = 3_600_000;

describe('the countdown', () => {
  it('says days and hours, then hours and minutes, then minutes and seconds', () => {
    expect(leftParts(before(50 * hour))).toEqual([{ value: 2, unit: 'day' }, { value: 2, unit: 'hour' }]);
    expect(leftParts(before(5 * hour + 60_000))).toEqual([{ value: 5, unit: 'hour' }, { value: 1, unit: 'minute' }]);
    expect(leftParts(before(65_000))).toEqual([{ value: 1, unit: 'minute' }, { value: 5, unit: 'second' }]);
  });

  it('stays at nothing when the moment has passed, and knows that it has', () => {
    const left = before(-5_000);
    expect(leftParts(left)).toEqual([{ value: 0, unit: 'minute' }, { value: 0, unit: 'second' }]);
    expect(left.total).toBe(-5_000);
  });

  it('ticks each second in the last hour and each minute before', () => {
    expect(nextTick(before(1_500))).toBe(520);
    expect(nextTick(before(3 * hour + 15_000))).toBe(15_020);
    expect(nextTick(before(-300))).toBe(720);
  });

  it('speaks the reader’s plurals', () => {
    expect(unitText(1, 'hour', 'en')).toBe('1 hour');
    expect(unitText(3, 'hour', 'ko')).toBe('3시간');
    expect(unitText(3, 'hour', 'ar-AE')).toBe('3 ساعات');
    expect(unitParts(19, 'hour', 'en')).toEqual({ number: '19', unit: 'hours' });
    // Arabic says "a day" in one word, without a numeral.
    expect(unitParts(1, 'day', 'ar-AE').number).toBe('1');
  });
});
