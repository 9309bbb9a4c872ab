import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Series } from '../api/types';
import { useLocale } from '../i18n/locale';
import { unitText } from '../time/countdown';
import { clockText, parseWall, weekdayOf, weekdayText } from '../time/wall';
import { zoneCity } from '../time/zones';
import { SeriesActions } from './SeriesActions';

/** A weekly lesson in a list: the hour on the clock that it keeps. */
export function SeriesCard({ series, heading: Heading = 'h3' }: { series: Series; heading?: 'h2' | 'h3' }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const side = sideOf(useMe(), series);
  const wall = parseWall(series.startLocal);
  const when = { day: weekdayText(weekdayOf(wall), locale), time: clockText(series.startLocal.slice(11, 16), locale), place: zoneCity(series.timeZone, t) };
  return (
    <li className="card row-card">
      <div className="row-card-head">
        <Heading><Link to={`/series/${series.id}`} className="card-link"><bdi>{side === 'tutor' ? series.studentName : series.tutorName}</bdi></Link></Heading>
        <span className="soft">{unitText(series.durationMinutes, 'minute', locale)}</span>
        <span className={`badge ${series.state}`}>{t(`bookingState.${series.state}`)}</span>
      </div>
      <p>
        {series.intervalWeeks === 1 ? t('series.everyWeek', when) : t('series.everyWeeks', { ...when, number: series.intervalWeeks })}
        {' '}<span className="soft">{t('series.lessons', { number: series.state === 'cancelled' ? series.count : series.endsBefore })}</span>
      </p>
      {series.state === 'requested' ? <SeriesActions series={series} side={side} /> : null}
    </li>
  );
}
