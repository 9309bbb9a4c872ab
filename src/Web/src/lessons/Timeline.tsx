import { useTranslation } from 'react-i18next';
import type { Lesson, LocalPair, TimelineItem } from '../api/types';
import { maybe } from '../i18n/maybe';
import { countryName, useLocale } from '../i18n/locale';
import { daysApart, parseWall, shortDayText, timeText } from '../time/wall';
import { zoneCity } from '../time/zones';
import { gathered } from './gathered';

/** Every change of a lesson: what, who, why, and the old and new time on both clocks. */
export function Timeline({ items, lesson, side }: { items: TimelineItem[]; lesson: Lesson; side: 'tutor' | 'student' }) {
  const { t, i18n } = useTranslation();
  const what = (type: string) => maybe(i18n, t, `event.${type}`) ?? type.replaceAll('_', ' ');
  const locale = useLocale();
  // Most reasons are a person's words; these are ids of ours: a country, a provider, what went wrong, or both.
  const isOurs = (type: string) => type === 'no_provider_allowed' || type === 'lesson_quality_reported' || /^(meeting|participant|guest|everyone|recording|room_recording)_/.test(type);
  const quality = (words: string) => {
    const [, sound, picture] = /^sound (\d+), picture (\d+)$/.exec(words) ?? [];
    const said = ([['sound', sound], ['picture', picture]] as const).flatMap(([what, times]) => (Number(times) > 0 ? [t(`timeline.quality.${what}`, { number: new Intl.NumberFormat(locale).format(Number(times)) })] : []));
    return said.length > 0 ? said.join(' · ') : t('timeline.quality.good');
  };
  const why = ({ type, why }: TimelineItem) => {
    if (!why) return null;
    if (type === 'no_provider_allowed') return countryName(why, locale);
    if (type === 'lesson_quality_reported') return quality(why);
    if (type.startsWith('room_recording_')) return maybe(i18n, t, `timeline.recordingWhy.${why}`);
    if (type === 'recording_fetch_failed') return maybe(i18n, t, `timeline.recordingFailed.${why}`);
    if (!isOurs(type)) return why;
    const [provider, code] = why.split(': ', 2);
    const name = maybe(i18n, t, `provider.${provider}`) ?? provider;
    return code ? (maybe(i18n, t, `meetingCode.${code}`, { provider: name }) ?? `${name}: ${code}`) : name;
  };
  const as = (role: string | null | undefined) => (role ? maybe(i18n, t, `timeline.role.${role}`) : null);
  return (
    <ol className="timeline">
      {gathered(items).map(({ item, times }, index) => (
        <li key={`${item.at} ${index}`} className="timeline-item">
          <p className="timeline-what">{what(item.type)}</p>
          {item.who || as(item.role) ? <p className="soft">{item.who ? <bdi>{item.who}</bdi> : null}{item.who && as(item.role) ? ' · ' : null}{as(item.role)}</p> : null}
          {times > 1 ? <p className="soft">{t(item.type === 'recording_shelved' ? 'timeline.files' : 'timeline.times', { number: new Intl.NumberFormat(locale).format(times) })}</p> : null}
          {why(item) ? <p className="timeline-why">{isOurs(item.type) ? why(item) : <bdi>{why(item)}</bdi>}</p> : null}
          {item.old && item.new ? (
            <div className="timeline-change">
              <p><span className="soft">{t('timeline.old')}</span> <s><Pair pair={item.old} lesson={lesson} side={side} /></s></p>
              <p><span className="soft">{t('timeline.new')}</span> <Pair pair={item.new} lesson={lesson} side={side} /></p>
            </div>
          ) : item.new ? <p className="timeline-change"><Pair pair={item.new} lesson={lesson} side={side} /></p> : null}
          <p className="timeline-at soft"><Pair pair={item} lesson={lesson} side={side} /></p>
        </li>
      ))}
    </ol>
  );
}

function Pair({ pair, lesson, side }: { pair: LocalPair; lesson: Lesson; side: 'tutor' | 'student' }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const tutor = { wall: parseWall(pair.tutorLocal), zone: lesson.tutorTimeZone };
  const student = { wall: parseWall(pair.studentLocal), zone: lesson.studentTimeZone };
  const [own, other] = side === 'tutor' ? [tutor, student] : [student, tutor];
  const text = (place: typeof own) => `${shortDayText(place.wall, locale)} ${timeText(place.wall, locale)}`;
  const sameDay = daysApart(own.wall, other.wall) === 0;
  return (
    <>
      <bdi>{text(own)} {zoneCity(own.zone, t)}</bdi>
      {own.zone === other.zone ? null : (
        <> · <bdi>{sameDay ? null : <strong>{shortDayText(other.wall, locale)} </strong>}{timeText(other.wall, locale)} {zoneCity(other.zone, t)}</bdi></>
      )}
    </>
  );
}
