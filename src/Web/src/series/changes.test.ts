import { describe, expect, it } from 'vitest';
import type { SeriesLesson } from '../api/types';
import { clockChanges } from './changes';

const lesson = (index: number, tutorLocal: string, studentLocal: string): SeriesLesson => ({ index, start: '', end: '', tutorLocal, studentLocal });

describe('clock changes of a series', () => {
  const lessons = [
    lesson(0, '2027-03-09T09:00:00+09:00', '2027-03-08T19:00:00-05:00'),
    lesson(1, '2027-03-16T09:00:00+09:00', '2027-03-15T20:00:00-04:00'),
    lesson(2, '2027-03-23T09:00:00+09:00', '2027-03-22T20:00:00-04:00'),
  ];

  it('move the hour of whoever does not hold the anchor', () => {
    expect(clockChanges(lessons, [{ index: 1, kind: 'viewer_moves', text: '' }], 'tutor')).toEqual([
      { index: 1, kind: 'from', whose: 'student', before: '2027-03-08T19:00:00-05:00', now: '2027-03-15T20:00:00-04:00' },
    ]);
  });

  it('move a single lesson of the anchor itself where its hour is skipped', () => {
    const odd = [lesson(0, '2027-03-21T02:30:00+01:00', '2027-03-21T10:30:00+09:00'), lesson(1, '2027-03-28T03:30:00+02:00', '2027-03-28T10:30:00+09:00')];
    expect(clockChanges(odd, [{ index: 1, kind: 'skipped', text: '' }], 'tutor')).toMatchObject([{ index: 1, kind: 'once', whose: 'tutor', now: '2027-03-28T03:30:00+02:00' }]);
  });

  it('say nothing where the hour stays, as the first of two', () => {
    expect(clockChanges(lessons, [{ index: 2, kind: 'repeated', text: '' }], 'tutor')).toEqual([]);
  });

  it('compare with the following lesson where there is none before', () => {
    expect(clockChanges(lessons.slice(0, 2), [{ index: 0, kind: 'viewer_moves', text: '' }], 'tutor')).toHaveLength(1);
  });
});
