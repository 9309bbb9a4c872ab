/** Seconds as m:ss or h:mm:ss. */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** With tenths, where a bar is aimed at. */
export function tenths(seconds: number): string {
  const all = Math.max(0, Math.round(seconds * 10));
  return `${minutes(Math.floor(all / 10))}.${all % 10}`;
}
