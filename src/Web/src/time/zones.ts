import type { TFunction } from 'i18next';

/** The zone this browser says it is in: a first guess for a form, never a way to convert. */
export function guessedZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Zone ids to choose from, as far as the browser knows them; the server decides which are right. */
export function zoneIds(): string[] {
  const ids = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return ids.includes('UTC') ? ids : [...ids, 'UTC'];
}

/** The city of a zone: translated where we have it, else as the id spells it. */
export function zoneCity(id: string, t: TFunction): string {
  const city = id.split('/').at(-1)!.replaceAll('_', ' ');
  return t(`zones.${id.replaceAll('/', '-')}` as 'zones.UTC', { defaultValue: city });
}

const countryOfZone: Record<string, string> = {
  'Asia/Seoul': 'KR', 'Asia/Dubai': 'AE', 'Asia/Tokyo': 'JP', 'Asia/Shanghai': 'CN', 'Asia/Singapore': 'SG', 'Asia/Riyadh': 'SA',
  'Asia/Qatar': 'QA', 'Asia/Kuwait': 'KW', 'Africa/Cairo': 'EG', 'Africa/Casablanca': 'MA', 'Europe/London': 'GB', 'Europe/Berlin': 'DE',
  'Europe/Paris': 'FR', 'Europe/Madrid': 'ES', 'Europe/Rome': 'IT', 'America/New_York': 'US', 'America/Chicago': 'US',
  'America/Los_Angeles': 'US', 'America/Toronto': 'CA', 'Australia/Sydney': 'AU', 'Asia/Kolkata': 'IN', 'Asia/Calcutta': 'IN',
};

/** A first guess for the country from the zone; a browser's language says little about where somebody is. */
export function guessedCountry(zone: string): string {
  return countryOfZone[zone] ?? '';
}
