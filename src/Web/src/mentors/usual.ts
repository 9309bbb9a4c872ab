import type { WeeklyWindow } from '../api/types';

/** Wide on purpose: in another part of the world the tutor's evening is the learner's morning. A child is at school until the afternoon. */
export function usualHours(child: boolean): WeeklyWindow[] {
  return [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, start: child ? '15:00' : '09:00', end: '20:00' }));
}

/** The reader's own language first, as the order says which is the dearest, and the one that most tutors have besides theirs. */
export function usualLanguages(locale: string): string[] {
  return [...new Set([locale.split('-')[0]!, 'en'])];
}
