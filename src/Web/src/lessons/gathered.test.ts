import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../api/types';
import { gathered } from './gathered';

const item = (type: string, minute: number): TimelineItem => {
  const at = `2026-12-07T10:${String(minute).padStart(2, '0')}:00`;
  return { at: `${at}Z`, type, who: null, role: null, why: null, old: null, new: null, tutorLocal: `${at}+09:00`, studentLocal: `${at}+00:00` };
};

const shown = (...items: TimelineItem[]) => gathered(items).map((line) => [line.item.type, line.item.at.slice(14, 16), line.times]);

describe('the lines of the timeline', () => {
  it('say once that a recording of several files was saved, when the last one was', () => {
    expect(shown(item('lesson_ended', 1), item('recording_shelved', 2), item('recording_shelved', 3))).toEqual([['lesson_ended', '01', 1], ['recording_shelved', '03', 2]]);
  });

  it('name each provider that fails again and again once, with its last failure', () => {
    const failure = (why: string, minute: number) => ({ ...item('meeting_arrangement_failed', minute), why });
    expect(shown(failure('zoom: unreachable', 1), failure('jitsi: not_permitted', 2), failure('zoom: unreachable', 3), failure('jitsi: not_permitted', 4)))
      .toEqual([['meeting_arrangement_failed', '03', 2], ['meeting_arrangement_failed', '04', 2]]);
    expect(shown(failure('zoom: unreachable', 1), item('meeting_arranged', 2), failure('zoom: unreachable', 3))).toHaveLength(3);
    expect(shown(failure('zoom: unreachable', 1), failure('zoom: provider_quota', 2))).toHaveLength(2);
  });

  it('leave everything else as it is, also what happens twice', () => {
    expect(shown(item('participant_joined', 1), item('participant_joined', 2))).toEqual([['participant_joined', '01', 1], ['participant_joined', '02', 1]]);
  });

  it('keep what lies between two files', () => {
    expect(shown(item('recording_shelved', 1), item('recording_fetch_failed', 2), item('recording_shelved', 3))).toHaveLength(3);
  });
});
