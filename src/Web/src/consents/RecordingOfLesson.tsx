import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../account/me';
import type { Lesson } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Section } from '../look/Page';
import { missingOf } from './said';

/** Whether this lesson may be recorded; when not, because of whom, and where the reader can agree. */
export function RecordingOfLesson({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  // Other services have their own switch for it, and ask by themselves.
  const isHere = (lesson.meeting.provider ?? 'built-in') === 'built-in' && lesson.meeting.state !== 'no_provider_allowed';
  if (!isHere || lesson.state === 'ended' || lesson.state === 'cancelled') return null;
  const missing = missingOf(lesson, me);
  if (missing.length === 0) return <Section title={t('consent.title')}><p>{t('consent.lesson.everybody')}</p></Section>;
  const ways = [...new Set(missing.flatMap(({ way }) => way ?? []))];
  return (
    <Section title={t('consent.title')}>
      <p>{t('consent.lesson.missing', { names: new Intl.ListFormat(locale).format(missing.map(({ name }) => name)) })}</p>
      {ways.map((way) => <p key={way}><Link to={way}>{way === '/settings' ? t('consent.lesson.own') : t('consent.lesson.child')}</Link></p>)}
    </Section>
  );
}
