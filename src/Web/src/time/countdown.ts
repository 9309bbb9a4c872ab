/** The time left until an instant, cut into what a person wants to read. */
export interface Left {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  /** Milliseconds; negative when the instant has passed. */
  total: number;
}

export function timeLeft(until: string, now: number): Left {
  const total = Date.parse(until) - now;
  const seconds = Math.max(0, Math.floor(total / 1000));
  return {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor((seconds % 86_400) / 3600),
    minutes: Math.floor((seconds % 3600) / 60),
    seconds: seconds % 60,
    total,
  };
}

export type Unit = 'day' | 'hour' | 'minute' | 'second';

/** The two largest units that say something; seconds only within the last hour. */
export function leftParts(left: Left): { value: number; unit: Unit }[] {
  if (left.days > 0) return [{ value: left.days, unit: 'day' }, { value: left.hours, unit: 'hour' }];
  if (left.hours > 0) return [{ value: left.hours, unit: 'hour' }, { value: left.minutes, unit: 'minute' }];
  return [{ value: left.minutes, unit: 'minute' }, { value: left.seconds, unit: 'second' }];
}

/** Milliseconds until the reading changes: each second in the last hour, each minute before. */
export function nextTick(left: Left): number {
  const step = left.total > 3_600_000 ? 60_000 : 1000;
  const rest = ((left.total % step) + step) % step;
  return rest + 20;
}

export function unitText(value: number, unit: Unit, locale: string, display: 'long' | 'short' | 'narrow' = 'long'): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: display }).format(value);
}

/** Number and unit apart, so that the number can be set large. */
export function unitParts(value: number, unit: Unit, locale: string): { number: string; unit: string } {
  const parts = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).formatToParts(value);
  const of = (wanted: boolean) => parts.filter((part) => (part.type === 'integer') === wanted).map((part) => part.value).join('').trim();
  return { number: of(true) || new Intl.NumberFormat(locale).format(value), unit: of(false) };
}
