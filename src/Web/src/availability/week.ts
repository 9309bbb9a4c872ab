import type { DayOverride, Window, WeeklyWindow } from '../api/types';

/** A week being edited: windows with a key of their own, so that a row keeps its focus while it changes. */
export interface EditedWindow extends WeeklyWindow {
  key: number;
}

export type Week = readonly EditedWindow[];

let lastKey = 0;

export function weekOf(windows: readonly WeeklyWindow[]): Week {
  return sorted(windows.map((window) => ({ ...window, key: ++lastKey })));
}

export function wireOf(week: Week): WeeklyWindow[] {
  return sorted(week).map(({ day, start, end }) => ({ day, start, end }));
}

export function minutesOf(clock: string): number {
  const [hour, minute] = clock.split(':');
  return Number(hour) * 60 + Number(minute);
}

export function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** An end at or before the start lies on the next day; `24:00` is this day's end. */
export function endsNextDay(window: Window): boolean {
  return minutesOf(window.end) <= minutesOf(window.start);
}

/** Length by the wall clock in minutes: 1 … 1440. */
export function lengthOf(window: Window): number {
  const length = minutesOf(window.end) - minutesOf(window.start);
  return length > 0 ? length : length + 1440;
}

export function dayWindows(week: Week, day: number): EditedWindow[] {
  return week.filter((window) => window.day === day);
}

/** Another window on that day: two hours, an hour after the last one where the day still has room, else in the morning. */
export function addWindow(week: Week, day: number): Week {
  const ends = dayWindows(week, day).map((window) => (endsNextDay(window) ? 1440 : minutesOf(window.end)));
  const after = ends.length === 0 ? 16 * 60 : Math.max(...ends) + 60;
  const start = after + 60 <= 1440 ? after : 9 * 60;
  return [...week, { key: ++lastKey, day, start: clockOf(start), end: clockOf(Math.min(start + 120, 1440)) }];
}

export function removeWindow(week: Week, key: number): Week {
  return week.filter((window) => window.key !== key);
}

/** Midnight as an end is written `24:00`, so that a window up to midnight does not seem to end before it starts. */
export function changeWindow(week: Week, key: number, change: Partial<Window>): Week {
  return week.map((window) => {
    if (window.key !== key) return window;
    const changed = { ...window, ...change };
    return { ...changed, end: changed.end === '00:00' ? '24:00' : changed.end };
  });
}

/** The windows of one day on other days, in place of theirs. */
export function copyDay(week: Week, from: number, to: readonly number[]): Week {
  const copied = to.filter((day) => day !== from).flatMap((day) => dayWindows(week, from).map((window) => ({ ...window, key: ++lastKey, day })));
  return sorted([...week.filter((window) => window.day === from || !to.includes(window.day)), ...copied]);
}

/** Keys of windows that overlap another one, also across midnight and from Sunday into Monday; Muse joins them into one. */
export function overlapping(week: Week): Set<number> {
  const whole = 7 * 1440;
  const spans = week.map((window) => {
    const start = (window.day - 1) * 1440 + minutesOf(window.start);
    return { key: window.key, start, end: start + lengthOf(window) };
  });
  const found = new Set<number>();
  for (const one of spans) {
    for (const other of spans) {
      if (one.key === other.key) continue;
      for (const shift of [-whole, 0, whole]) {
        if (one.start < other.end + shift && other.start + shift < one.end) found.add(one.key).add(other.key);
      }
    }
  }
  return found;
}

/** Minutes open in a week, overlaps counted once. */
export function minutesPerWeek(week: Week): number {
  const open = new Uint8Array(7 * 1440);
  for (const window of week) {
    const start = (window.day - 1) * 1440 + minutesOf(window.start);
    for (let minute = 0; minute < lengthOf(window); minute++) open[(start + minute) % open.length] = 1;
  }
  return open.reduce((sum, minute) => sum + minute, 0);
}

/** Pieces per day for the picture of the week: what crosses midnight is cut there. */
export function piecesOf(week: Week): { day: number; from: number; to: number }[] {
  return week.flatMap((window) => {
    const from = minutesOf(window.start);
    const to = from + lengthOf(window);
    const first = { day: window.day, from, to: Math.min(to, 1440) };
    return to > 1440 ? [first, { day: (window.day % 7) + 1, from: 0, to: to - 1440 }] : [first];
  });
}

function sorted<T extends WeeklyWindow>(windows: readonly T[]): T[] {
  return [...windows].sort((a, b) => a.day - b.day || minutesOf(a.start) - minutesOf(b.start));
}

export interface EditedOverride {
  key: number;
  date: string;
  windows: EditedWindow[];
}

export function editedOverride(override: DayOverride): EditedOverride {
  return { key: ++lastKey, date: override.date, windows: (override.windows ?? []).map((window) => ({ ...window, day: 1, key: ++lastKey })) };
}

/** As the server wants them: by date, each date once (the last one edited counts). */
export function wireOverrides(overrides: readonly EditedOverride[]): DayOverride[] {
  const byDate = new Map(overrides.map((override) => [override.date, override]));
  return [...byDate.values()]
    .sort((a, b) => a.date.localeCompare(b.date))
    .map(({ date, windows }) => ({ date, windows: wireOf(windows).map(({ start, end }) => ({ start, end })) }));
}
