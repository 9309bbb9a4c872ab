/**
 * Wall times as the server sends them: `2026-12-07T17:00:00+09:00`. The server alone knows zones; here the local part is
 * read as it stands and formatted as if it were UTC, so that no zone data of the browser ever touches a time.
 */
export interface Wall {
  /** `YYYY-MM-DD`. */
  date: string;
  /** Minutes since local midnight, 0 … 1439. */
  minuteOfDay: number;
  /** `+09:00`, or empty when the text carries none. */
  offset: string;
  /** The wall time taken as UTC, in milliseconds; for formatting and for comparing dates only. */
  asUtc: number;
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?(?:\[[^\]]+\])?$/;

export function parseWall(text: string): Wall {
  const found = pattern.exec(text);
  if (!found) throw new RangeError(`not a local time: ${text}`);
  const [, year, month, day, hour, minute, second, offset] = found;
  return {
    date: `${year}-${month}-${day}`,
    minuteOfDay: Number(hour) * 60 + Number(minute),
    offset: offset === 'Z' ? '+00:00' : (offset ?? ''),
    asUtc: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second ?? 0)),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let known = formats.get(key);
  if (!known) formats.set(key, (known = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })));
  return known;
}

export function timeText(wall: Wall, locale: string): string {
  return format(locale, { hour: 'numeric', minute: '2-digit' }).format(wall.asUtc);
}

/** Weekday and date; the year only when it is not `thisYear`. */
export function dayText(wall: Wall, locale: string, thisYear?: number): string {
  const sameYear = thisYear === undefined || Number(wall.date.slice(0, 4)) === thisYear;
  return format(locale, { weekday: 'long', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(wall.asUtc);
}

export function shortDayText(wall: Wall, locale: string): string {
  return format(locale, { weekday: 'short', day: 'numeric', month: 'short' }).format(wall.asUtc);
}

/** A calendar date without a time, `YYYY-MM-DD`. */
export function dateText(date: string, locale: string): string {
  return format(locale, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(Date.parse(`${date}T00:00:00Z`));
}

export function weekdayText(day: number, locale: string, width: 'long' | 'short' = 'long'): string {
  // 2024-01-01 was a Monday, ISO weekday 1.
  return format(locale, { weekday: width }).format(Date.UTC(2024, 0, day));
}

/** `HH:mm` (also `24:00`) in the reader's way. */
export function clockText(clock: string, locale: string): string {
  const [hour, minute] = clock.split(':');
  return format(locale, { hour: 'numeric', minute: '2-digit' }).format(Date.UTC(2024, 0, 1, Number(hour) % 24, Number(minute)));
}

/** By how many calendar days `other` is ahead of `mine`; 0 on the same date. */
export function daysApart(mine: Wall, other: Wall): number {
  return Math.round((Date.parse(other.date) - Date.parse(mine.date)) / 86_400_000);
}

/** ISO weekday, 1 = Monday. */
export function weekdayOf(wall: Wall): number {
  return ((new Date(wall.asUtc).getUTCDay() + 6) % 7) + 1;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Groups by the wall date of `local`, in the order given. */
export function byDay<T>(items: readonly T[], local: (item: T) => string): { date: string; wall: Wall; items: T[] }[] {
  const days: { date: string; wall: Wall; items: T[] }[] = [];
  for (const item of items) {
    const wall = parseWall(local(item));
    const day = days.find((known) => known.date === wall.date);
    if (day) day.items.push(item);
    else days.push({ date: wall.date, wall, items: [item] });
  }
  return days;
}
