import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../api/types';
import { gathered } from './gathered';

const item = (type: string, minute: number): TimelineItem => {
  const at = `2026-12-07T10:${String(minute).padStart(2, '0')}:00`;
  return { at: `${at}Z`, type, tutorLocal: `${at}+09:00`, studentLocal: `${at}+00:00` };
};

const shown = (...items: TimelineItem[]) => gathered(items).map((line) => [line.item.type, line.item.at.slice(14, 16), line.times]);

describe('the lines of the timeline', () => {
  it('say once that a recording of several files was saved, when the last one was', () => {
    expect(shown(item('lesson_ended', 1), item('recording_shelved', 2), item('recording_shelved', 3))).toEqual([['lesson_ended', '01', 1], ['recording_shelved', '03', 2]]);
  });

  it('leave everything else as it is, also what happens twice', () => {
    expect(shown(item('participant_joined', 1), item('participant_joined', 2))).toEqual([['participant_joined', '01', 1], ['participant_joined', '02', 1]]);
  });

  it('keep what lies between two files', () => {
    expect(shown(item('recording_shelved', 1), item('recording_fetch_failed', 2), item('recording_shelved', 3))).toHaveLength(3);
  });
});
