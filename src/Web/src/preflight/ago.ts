/**
 * How long before `now` (milliseconds) that was, in the language's own words. Undefined under a minute, and when the clocks of server and
 * browser disagree: Intl's words for it are "this minute".
 */
export function ago(at: string, now: number, locale: string): string | undefined {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return undefined;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (minutes < 60) return words.format(-minutes, 'minute');
  if (minutes < 24 * 60) return words.format(-Math.round(minutes / 60), 'hour');
  return words.format(-Math.round(minutes / (24 * 60)), 'day');
}
