import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { daysApart, parseWall, shortDayText, timeText, weekdayOf, weekdayText } from '../time/wall';
import { zoneCity } from '../time/zones';

/** A slot on a button: the reader's time large, the other person's below it, in full as soon as the dates differ. */
export function SlotTimes({ own, other, otherZone, withDay = false }: { own: string; other: string; otherZone: string; withDay?: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const mine = parseWall(own);
  const theirs = parseWall(other);
  const apart = daysApart(mine, theirs);
  return (
    <>
      {withDay ? <span className="slot-day-name">{shortDayText(mine, locale)}</span> : null}
      <span className="slot-mine">{timeText(mine, locale)}</span>
      <span className="slot-theirs">
        <bdi>{apart === 0 ? weekdayText(weekdayOf(theirs), locale, 'short') : shortDayText(theirs, locale)} {timeText(theirs, locale)}</bdi>
        <bdi>{zoneCity(otherZone, t)}</bdi>
        {apart === 0 ? null : <span className="other-day">{apart > 0 ? t('time.nextDay') : t('time.dayBefore')}</span>}
      </span>
    </>
  );
}
