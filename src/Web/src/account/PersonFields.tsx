import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { languages, nameOfLanguage } from '../i18n/languages';
import { countries, useLocale } from '../i18n/locale';
import { Chooser, SearchChooser } from '../look/fields';
import { zoneCity, zoneIds } from '../time/zones';

/** Where a person lives, by which clock, and in which language Muse speaks to them. */
export interface Place {
  country: string;
  timeZone: string;
  locale: string;
}

export function ZoneChooser({ label, hint, value, onChange, name = 'timeZone' }: {
  label: string;
  hint?: string;
  value: string;
  onChange: (zone: string) => void;
  name?: string;
}) {
  const { t } = useTranslation();
  const choices = useMemo(() => {
    const ids = zoneIds();
    return (ids.includes(value) || value === '' ? ids : [value, ...ids]).map((id) => ({ id, name: zoneCity(id, t), hint: id }));
  }, [value, t]);
  return (
    <SearchChooser label={label} hint={hint ?? <span dir="ltr">{value}</span>} name={name} required choices={choices} value={value} onChange={onChange}
      openLabel={t('common.openList')} />
  );
}

export function PlaceFields({ value, onChange }: { value: Place; onChange: (value: Place) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const all = useMemo(() => countries(locale), [locale]);
  return (
    <>
      <SearchChooser label={t('person.country')} hint={t('person.countryHint')} name="country" required choices={all} value={value.country}
        onChange={(country) => onChange({ ...value, country })} openLabel={t('common.openList')} />
      <ZoneChooser label={t('person.timeZone')} value={value.timeZone} onChange={(timeZone) => onChange({ ...value, timeZone })} />
      <Chooser label={t('person.locale')} name="locale" required choices={languages.map((id) => ({ id, name: nameOfLanguage[id] }))} value={value.locale}
        onChange={(chosen) => onChange({ ...value, locale: chosen })} />
    </>
  );
}
