import type { ReviewSide } from './queries';

type Stretch = Pick<ReviewSide, 'from' | 'length'>;

/** Seconds that one side may be beside the other before it is brought back: an eye sees no less, and each jump is heard. */
const within = 0.06;
const farAway = 0.5;

/** Two people never begin in the same moment: nobody is shown as away for that. */
const nearly = 0.5;

/** Where a side's own clock is to stand; null while it has nothing to show: it begins later, or is over. */
export function ownTime(side: Stretch, at: number): number | null {
  const own = at - side.from / 1000;
  return own < 0 || own > side.length / 1000 ? null : own;
}

/** Whether somebody is there to be seen; at the very beginning whoever comes first is, whenever that will be. */
export function isThere(side: Stretch, at: number, all: readonly Stretch[]): boolean {
  const first = Math.min(...all.map(({ from }) => from));
  return at >= (side.from === first ? 0 : side.from / 1000 - nearly) && at <= (side.from + side.length) / 1000 + nearly;
}

/** What brings a side back to its time: a jump when far off, else a rate a little beside the wanted one, which is not heard. */
export function correction(should: number, is: number, rate: number): { seek: number } | { rate: number } {
  const off = is - should;
  if (Math.abs(off) > farAway) return { seek: should };
  if (Math.abs(off) <= within) return { rate };
  return { rate: rate * (off > 0 ? 0.95 : 1.05) };
}
