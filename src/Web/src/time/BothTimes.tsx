import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { ClockFace } from './ClockFace';
import { dayText, daysApart, parseWall, timeText } from './wall';
import { zoneCity } from './zones';
import './time.css';

export interface Pair {
  tutorLocal: string;
  studentLocal: string;
}

interface Props extends Pair {
  /** Whose time stands first and is the reader's own. */
  mine: 'tutor' | 'student';
  tutorName: string;
  studentName: string;
  tutorZone?: string;
  studentZone?: string;
  compact?: boolean;
}

/** One moment on two clocks, weekday always; when the dates differ that is said in words. */
export function BothTimes({ tutorLocal, studentLocal, mine, tutorName, studentName, tutorZone, studentZone, compact = false }: Props) {
  const { t } = useTranslation();
  const tutor = { local: tutorLocal, name: tutorName, zone: tutorZone };
  const student = { local: studentLocal, name: studentName, zone: studentZone };
  const [own, other] = mine === 'tutor' ? [tutor, student] : [student, tutor];
  const ownWall = parseWall(own.local);
  const apart = daysApart(ownWall, parseWall(other.local));
  return (
    <dl className={compact ? 'both-times compact' : 'both-times'}>
      <OneTime {...own} label={own.name} own compact={compact} />
      <OneTime {...other} label={other.name} compact={compact}
        {...(apart === 0 ? {} : { note: apart > 0 ? t('time.nextDay') : t('time.dayBefore') })} />
    </dl>
  );
}

function OneTime({ local, label, zone, note, own = false, compact }: {
  local: string;
  label: string;
  zone: string | undefined;
  note?: string;
  own?: boolean;
  compact: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const wall = parseWall(local);
  const place = zone ? zoneCity(zone, t) : offsetText(wall.offset);
  return (
    <div className={own ? 'one-time own' : 'one-time'}>
      {compact ? null : <ClockFace wall={wall} />}
      <dt>
        <bdi>{label}</bdi> <span className="place"><bdi>{place}</bdi></span>
      </dt>
      <dd>
        <span className="one-time-time">{timeText(wall, locale)}</span>
        <span className="one-time-day">{dayText(wall, locale)}</span>
        {note ? <span className="other-day">{note}</span> : null}
      </dd>
    </div>
  );
}

/** `+09:00` → `UTC+9`. */
export function offsetText(offset: string): string {
  const found = /^([+-])(\d{2}):(\d{2})$/.exec(offset);
  if (!found) return '';
  const [, sign, hours, minutes] = found;
  if (hours === '00' && minutes === '00') return 'UTC';
  return `UTC${sign === '-' ? '−' : '+'}${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`;
}
