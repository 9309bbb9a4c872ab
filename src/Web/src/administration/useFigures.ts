import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';

type Known = number | null | undefined;

/** Numbers as people of this language write them; null for what is not known. */
export function useFigures() {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number, digits: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const known = (value: Known, write: (value: number) => string) => (value === null || value === undefined ? null : write(value));
  return {
    count: (value: number) => number(value, 0),
    ms: (value: Known) => known(value, (of) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', maximumFractionDigits: of < 10 ? 1 : 0 }).format(of)),
    rate: (value: Known) => known(value, (of) => of >= 1_000_000 ? `${number(of / 1_000_000, 2)} Mbit/s` : `${number(of / 1_000, 0)} kbit/s`),
    share: (value: Known) => known(value, (of) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(of)),
    perSecond: (value: Known) => known(value, (of) => t('roomsNow.perSecond', { number: number(of, 1) })),
    lines: (value: number) => t('roomsNow.lines', { number: number(value, 0) }),
  };
}
