import { minutes } from '../review/clock';

/** Marks that lie a little before a recording begins belong to its beginning: who presses at the first note marks what was before it. */
const before = 5;

/** Where a mark stands in a recording, in seconds; null when it is not of this one. Both places are ms since the lesson's planned start. */
export function secondsIn(recording: { place: number; length: number }, mark: { place: number }): number | null {
  const at = (mark.place - recording.place) / 1000;
  return at < -before || at > recording.length / 1000 ? null : Math.max(at, 0);
}

/** And back: the lesson's place, in ms, of a recording's second. */
export function placeAt(recording: { place: number }, seconds: number): number {
  return recording.place + Math.round(seconds * 1000);
}

/** Seconds as m:ss; before the planned start with a minus. */
export function timeOf(seconds: number): string {
  return seconds <= -1 ? `−${minutes(-seconds)}` : minutes(seconds);
}
