import type { TFunction, i18n as I18n } from 'i18next';

/** A text whose key comes from the server (a code, an event's name), or null when we have none for it. */
export function maybe(i18n: Pick<I18n, 'exists'>, t: TFunction, key: string, values: Record<string, unknown> = {}): string | null {
  const known: boolean = i18n.exists(key);
  return known ? (t as (key: string, values: Record<string, unknown>) => string)(key, values) : null;
}
