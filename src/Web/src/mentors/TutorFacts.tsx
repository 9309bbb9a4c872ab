import { useTranslation } from 'react-i18next';
import type { Tutor } from '../api/types';
import './mentors.css';
import { languageName, useLocale } from '../i18n/locale';

export function TutorFacts({ tutor }: { tutor: Pick<Tutor, 'instruments' | 'languages' | 'levels' | 'proBono'> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const list = new Intl.ListFormat(locale, { type: 'unit', style: 'short' });
  return (
    <p className="facts">
      <span>{list.format(tutor.instruments.map((id) => t(`instrument.${id}` as 'instrument.violin', { defaultValue: id })))}</span>
      <span>{list.format(tutor.languages.map((id) => languageName(id, locale)))}</span>
      <span>{list.format(tutor.levels.map((id) => t(`level.${id}`)))}</span>
      {tutor.proBono ? <span className="badge good">{t('profile.proBonoBadge')}</span> : null}
    </p>
  );
}
