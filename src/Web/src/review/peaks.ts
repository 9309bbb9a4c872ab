/** Bytes as they stand in JSON. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

/** The highest of each of so many columns, 0 to 1, which cover so many seconds from there; that may be more than there are peaks. */
export function columns(peaks: Uint8Array, perSecond: number, { from, span }: { from: number; span: number }, count: number): number[] {
  const [first, all] = [from * perSecond, span * perSecond];
  return Array.from({ length: count }, (_, i) => {
    const begin = Math.floor(first + (i * all) / count);
    const to = Math.max(begin + 1, Math.floor(first + ((i + 1) * all) / count));
    let highest = 0;
    for (let at = begin; at < to && at < peaks.length; at++) highest = Math.max(highest, peaks[at]!);
    return highest / 255;
  });
}

/** Seconds at a place of the line; it goes from left to right in every language, as players do. */
export const secondsAt = (x: number, left: number, width: number, length: number): number =>
  width <= 0 ? 0 : Math.min(Math.max((x - left) / width, 0), 1) * length;
