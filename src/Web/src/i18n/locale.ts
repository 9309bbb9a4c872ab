import { useTranslation } from 'react-i18next';

/**
 * The locale that formats dates and numbers: the chosen language with the region the browser asks for (en-GB, ar-AE), and always
 * the Gregorian calendar, because a lesson's date must read the same for both people.
 */
export function formatLocale(language: string, wanted: readonly string[]): string {
  const regional = wanted.find((tag) => tag.split('-')[0] === language && /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}$/.test(tag));
  return `${regional ?? language}-u-ca-gregory`;
}

export function useLocale(): string {
  const { i18n } = useTranslation();
  return formatLocale(i18n.resolvedLanguage ?? 'en', navigator.languages);
}

const regions =
  'AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW';

/** Every ISO 3166-1 country with its name in the reader's language, sorted by it. */
export function countries(locale: string): { id: string; name: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' });
  return regions
    .split(' ')
    .map((id) => ({ id, name: names.of(id) ?? id }))
    .sort((a, b) => a.name.localeCompare(b.name, locale));
}

const spoken = ['ko', 'en', 'ar', 'ja', 'zh', 'de', 'fr', 'es', 'it', 'pt', 'ru', 'tr', 'hi', 'ur', 'fa', 'id', 'vi'];

/** The languages lessons are given in. */
export function spokenLanguages(locale: string): { id: string; name: string }[] {
  return spoken.map((id) => ({ id, name: languageName(id, locale) }));
}

export function languageName(id: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(id) ?? id;
  } catch {
    return id;
  }
}

export function countryName(id: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(id) ?? id;
  } catch {
    return id;
  }
}
