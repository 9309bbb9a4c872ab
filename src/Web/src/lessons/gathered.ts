import type { TimelineItem } from '../api/types';

/** A line of the timeline, and for how many of the same kind it stands. */
export interface Gathered {
  item: TimelineItem;
  times: number;
}

/** A recording may be several files, each saved by itself: for people it is one, saved when the last file is. */
export function gathered(items: readonly TimelineItem[]): Gathered[] {
  const lines: Gathered[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (item.type === 'recording_shelved' && last?.item.type === item.type) lines[lines.length - 1] = { item, times: last.times + 1 };
    else lines.push({ item, times: 1 });
  }
  return lines;
}
