import type { TimelineItem } from '../api/types';

/** A line of the timeline, and for how many of the same kind it stands. */
export interface Gathered {
  item: TimelineItem;
  times: number;
}

const failed = 'meeting_arrangement_failed';

/**
 * A recording may be several files, each saved by itself: for people it is one, saved when the last file is. While every provider fails again
 * and again, each is named once, with its last failure.
 */
export function gathered(items: readonly TimelineItem[]): Gathered[] {
  const lines: Gathered[] = [];
  for (const item of items) {
    const at = item.type === failed ? sameFailure(lines, item) : item.type === 'recording_shelved' && lines.at(-1)?.item.type === item.type ? lines.length - 1 : -1;
    const before = at < 0 ? undefined : lines.splice(at, 1)[0];
    lines.push({ item, times: (before?.times ?? 0) + 1 });
  }
  return lines;
}

/** Among the failures at the end, with nothing else between them; -1 when there is none. */
function sameFailure(lines: readonly Gathered[], { why }: TimelineItem): number {
  for (let at = lines.length - 1; at >= 0 && lines[at]!.item.type === failed; at--) if (lines[at]!.item.why === why) return at;
  return -1;
}
