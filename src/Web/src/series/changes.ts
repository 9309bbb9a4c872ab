import type { SeriesLesson, SeriesNote } from '../api/types';
import { parseWall } from '../time/wall';

/** What a change of clocks does to a series, for one of the two people. */
export interface ClockChange {
  index: number;
  /** Whose hour moves: of whoever does not hold the anchor from here on, or of both for this lesson alone. */
  kind: 'from' | 'once';
  whose: 'tutor' | 'student';
  /** Local times of that person. */
  before: string;
  now: string;
}

/** The server says where; the hours are read from the lessons themselves, so that any language can tell them. */
export function clockChanges(lessons: readonly SeriesLesson[], notes: readonly SeriesNote[], anchor: 'tutor' | 'student'): ClockChange[] {
  const at = new Map(lessons.map((lesson) => [lesson.index, lesson]));
  const other = anchor === 'tutor' ? 'student' : 'tutor';
  return notes.flatMap(({ index, kind }) => {
    const [now, before] = [at.get(index), at.get(index - 1) ?? at.get(index + 1)];
    if (!now || !before) return [];
    const whose = kind === 'viewer_moves' ? other : anchor;
    const local = (lesson: SeriesLesson) => (whose === 'tutor' ? lesson.tutorLocal : lesson.studentLocal);
    // A single lesson that was moved by itself says nothing of the clocks.
    return parseWall(local(now)).minuteOfDay === parseWall(local(before)).minuteOfDay ? []
      : [{ index, kind: kind === 'viewer_moves' ? 'from' as const : 'once' as const, whose, before: local(before), now: local(now) }];
  });
}
