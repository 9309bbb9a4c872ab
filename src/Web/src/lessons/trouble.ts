import type { LessonMeeting } from '../api/types';

/** The provider that is being tried again just now: nothing has come of it since. */
export function troubleOf({ state, failures, seenAt }: Pick<LessonMeeting, 'state' | 'failures' | 'seenAt'>): { provider: string; code: string } | null {
  const last = failures.at(-1);
  if (last?.type !== 'meeting_troubled' || (state !== 'arranging' && state !== 'ready')) return null;
  return seenAt && Date.parse(seenAt) >= Date.parse(last.at) ? null : { provider: last.provider, code: last.code };
}
