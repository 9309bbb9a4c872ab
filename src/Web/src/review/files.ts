import type { i18n, TFunction } from 'i18next';
import { maybe } from '../i18n/maybe';
import type { Recording } from './queries';

/** What a provider's file shows, in the reader's words where we know the provider's. */
export function kindOf(kind: string, t: TFunction, i18n: i18n): string {
  return maybe(i18n, t, `review.kind.${kind}`) ?? kind.replaceAll('_', ' ');
}

/** The name under which a provider's file is kept. MP4 of sound alone has an ending of its own, by which a telephone knows that it is music. */
export function fileName({ kind, mediaType }: Pick<Recording, 'kind' | 'mediaType'>): string {
  const type = mediaType.split(';')[0]!;
  const known: Record<string, string> = { 'audio/mp4': 'm4a', 'text/plain': 'txt' };
  return `${kind}.${known[type] ?? type.split('/')[1] ?? 'bin'}`;
}

/** Of the built-in room, and nobody was heard or seen in it: there is nothing to show. */
export const isEmpty = ({ kind, state, tracks }: Pick<Recording, 'kind' | 'state' | 'tracks'>) => kind === 'room' && state === 'shelved' && tracks.length === 0;

/** Which of a lesson's recordings of the built-in room this one is; null where there is no other. */
export function partOf(recordings: readonly Recording[], id: string): { part: number; parts: number; before: Recording | null; after: Recording | null } | null {
  const ours = recordings.filter((one) => one.kind === 'room' && !isEmpty(one));
  const at = ours.findIndex((one) => one.id === id);
  if (at < 0 || ours.length < 2) return null;
  return { part: at + 1, parts: ours.length, before: ours[at - 1] ?? null, after: ours[at + 1] ?? null };
}

/** Seconds. Of a room's recording by its tracks, as the player has it: the instants are whole seconds. */
export function lengthOf({ from, to, tracks }: Pick<Recording, 'from' | 'to' | 'tracks'>): number {
  if (tracks.length > 0) return Math.max(...tracks.map((track) => track.from + track.length)) / 1000;
  return to ? (Date.parse(to) - Date.parse(from)) / 1000 : 0;
}

/** Whether it is worth a word why a recording ended: not where the lesson was over, or the tutor wanted it so. */
export const isInterrupted = ({ because }: Pick<Recording, 'because'>) => !!because && because !== 'room_closed' && because !== 'tutor';
