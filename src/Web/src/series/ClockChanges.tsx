import { useTranslation } from 'react-i18next';
import type { SeriesLesson, SeriesNote } from '../api/types';
import { useLocale } from '../i18n/locale';
import { dateText, parseWall, timeText } from '../time/wall';
import { clockChanges } from './changes';

/** From when a series is at another hour, and for whom. */
export function ClockChanges({ lessons, notes, anchor, tutorName, studentName }: {
  lessons: readonly SeriesLesson[];
  notes: readonly SeriesNote[];
  anchor: 'tutor' | 'student';
  tutorName: string;
  studentName: string;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const changes = clockChanges(lessons, notes, anchor);
  if (changes.length === 0) return null;
  return (
    <ul className="clock-changes">
      {changes.map(({ index, kind, whose, before, now }) => {
        const wall = parseWall(now);
        const words = { date: dateText(wall.date, locale), name: whose === 'tutor' ? tutorName : studentName, now: timeText(wall, locale), before: timeText(parseWall(before), locale) };
        return <li key={index}>{kind === 'from' ? t('series.from', words) : t('series.once', words)}</li>;
      })}
    </ul>
  );
}
