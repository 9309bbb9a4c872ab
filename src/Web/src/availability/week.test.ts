import { describe, expect, it } from 'vitest';
import {
  addWindow, changeWindow, copyDay, dayWindows, editedOverride, endsNextDay, lengthOf, minutesPerWeek, overlapping, piecesOf, removeWindow, weekOf, wireOf,
  wireOverrides,
} from './week';

const monday = { day: 1, start: '16:00', end: '20:00' };

describe('a week of windows', () => {
  it('goes to the server by day and hour, without its keys', () => {
    const week = weekOf([{ day: 2, start: '09:00', end: '10:00' }, monday, { day: 1, start: '08:00', end: '09:00' }]);
    expect(wireOf(week)).toEqual([{ day: 1, start: '08:00', end: '09:00' }, monday, { day: 2, start: '09:00', end: '10:00' }]);
  });

  it('gets a first window in the afternoon and the next one an hour after it', () => {
    const once = addWindow(weekOf([]), 3);
    expect(wireOf(once)).toEqual([{ day: 3, start: '16:00', end: '18:00' }]);
    expect(wireOf(addWindow(once, 3))).toEqual([{ day: 3, start: '16:00', end: '18:00' }, { day: 3, start: '19:00', end: '21:00' }]);
  });

  it('gets a morning window when the evening is full', () => {
    expect(wireOf(addWindow(weekOf([{ day: 3, start: '20:00', end: '02:00' }]), 3))[0]).toEqual({ day: 3, start: '09:00', end: '11:00' });
  });

  it('writes midnight as an end as 24:00', () => {
    const week = weekOf([monday]);
    const changed = changeWindow(week, week[0]!.key, { end: '00:00' });
    expect(wireOf(changed)).toEqual([{ ...monday, end: '24:00' }]);
    expect(endsNextDay(changed[0]!)).toBe(false);
    expect(lengthOf(changed[0]!)).toBe(8 * 60);
  });

  it('changes and removes one window only', () => {
    const week = weekOf([monday, { day: 2, start: '10:00', end: '12:00' }]);
    const key = dayWindows(week, 2)[0]!.key;
    expect(wireOf(changeWindow(week, key, { start: '11:00' }))).toEqual([monday, { day: 2, start: '11:00', end: '12:00' }]);
    expect(wireOf(removeWindow(week, key))).toEqual([monday]);
  });

  it('copies a day over others and leaves the rest', () => {
    const copied = copyDay(weekOf([monday, { day: 2, start: '10:00', end: '12:00' }, { day: 6, start: '09:00', end: '13:00' }]), 1, [1, 2, 3, 4, 5]);
    expect(wireOf(copied)).toEqual([...[1, 2, 3, 4, 5].map((day) => ({ ...monday, day })), { day: 6, start: '09:00', end: '13:00' }]);
    expect(new Set(copied.map((window) => window.key)).size).toBe(6);
  });
});

describe('a window over midnight', () => {
  const friday = { day: 5, start: '22:00', end: '01:00' };

  it('ends the next day', () => {
    expect(endsNextDay(friday)).toBe(true);
    expect(lengthOf(friday)).toBe(180);
    expect(lengthOf({ start: '09:00', end: '09:00' })).toBe(1440);
  });

  it('is drawn on both days', () => {
    expect(piecesOf(weekOf([friday]))).toEqual([{ day: 5, from: 1320, to: 1440 }, { day: 6, from: 0, to: 60 }]);
    expect(piecesOf(weekOf([{ ...friday, day: 7 }]))[1]).toEqual({ day: 1, from: 0, to: 60 });
  });

  it('overlaps the next morning, also from Sunday into Monday', () => {
    expect(overlapping(weekOf([friday, { day: 6, start: '00:30', end: '02:00' }])).size).toBe(2);
    expect(overlapping(weekOf([{ ...friday, day: 7 }, { day: 1, start: '00:30', end: '02:00' }])).size).toBe(2);
    expect(overlapping(weekOf([friday, { day: 6, start: '01:00', end: '02:00' }])).size).toBe(0);
  });

  it('counts overlaps once', () => {
    expect(minutesPerWeek(weekOf([friday, { day: 6, start: '00:30', end: '02:00' }]))).toBe(240);
  });
});

describe('days that differ', () => {
  it('go to the server by date, each once, closed when they have no hours', () => {
    expect(wireOverrides([
      editedOverride({ date: '2026-12-31', windows: [{ start: '09:00', end: '12:00' }] }),
      editedOverride({ date: '2026-12-25', windows: [] }),
      editedOverride({ date: '2026-12-31', windows: [{ start: '10:00', end: '12:00' }] }),
    ])).toEqual([{ date: '2026-12-25', windows: [] }, { date: '2026-12-31', windows: [{ start: '10:00', end: '12:00' }] }]);
  });
});
