/** Seconds of the recording between which it goes round; b is null while only the first tap was made. */
export interface Loop {
  a: number;
  b: number | null;
}

/** Shorter ones would only stutter. */
export const shortestLoop = 0.3;

/** One button, three taps: from here, to here, no longer. A second tap in front of the first one turns them round; at the same place it takes
 *  the first one back. */
export function tapped(loop: Loop | null, at: number): Loop | null {
  if (loop === null) return { a: at, b: null };
  if (loop.b !== null) return null;
  const [a, b] = at < loop.a ? [at, loop.a] : [loop.a, at];
  return b - a < shortestLoop ? null : { a, b };
}

/** One of its ends a little further: never past the other one, nor past the recording's. */
export function nudged(loop: Loop, end: 'a' | 'b', by: number, length: number): Loop {
  const { a, b } = loop;
  if (end === 'a') return { a: between(0, a + by, (b ?? length) - shortestLoop), b };
  return b === null ? loop : { a, b: between(a + shortestLoop, b + by, length) };
}

const between = (least: number, wanted: number, most: number) => Math.max(least, Math.min(wanted, most));

/** Where to go on from a time that has been reached; null: just there. */
export function roundFrom(loop: Loop | null, at: number): number | null {
  return loop?.b != null && (at >= loop.b || at < loop.a - 0.5) ? loop.a : null;
}
