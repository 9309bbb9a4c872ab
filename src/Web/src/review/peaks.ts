/** Bytes as they stand in JSON. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

/** The highest of each of so many columns, 0 to 1; `seconds` is what the columns cover, which may be more than there are peaks. */
export function columns(peaks: Uint8Array, perSecond: number, seconds: number, count: number): number[] {
  const all = seconds * perSecond;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * all) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * all) / count));
    let highest = 0;
    for (let at = from; at < to && at < peaks.length; at++) highest = Math.max(highest, peaks[at]!);
    return highest / 255;
  });
}

/** Seconds at a place of the line; it goes from left to right in every language, as players do. */
export const secondsAt = (x: number, left: number, width: number, length: number): number =>
  width <= 0 ? 0 : Math.min(Math.max((x - left) / width, 0), 1) * length;
