import { timeOf } from '../marks/place';
import { parseWall, timeText } from '../time/wall';

/** When a recording began: by the reader's own clock, as the server told it of the lesson's start, and how far into the lesson that was; null
 *  before the lesson. */
export function began(lesson: { start: string }, startLocal: string, from: string, locale: string): { time: string; place: string | null } {
  const into = Date.parse(from) - Date.parse(lesson.start);
  const wall = parseWall(startLocal);
  return { time: timeText({ ...wall, asUtc: wall.asUtc + into }, locale), place: into < 0 ? null : timeOf(into / 1000) };
}
