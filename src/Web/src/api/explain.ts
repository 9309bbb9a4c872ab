import type { TFunction, i18n as I18n } from 'i18next';
import { useTranslation } from 'react-i18next';
import { maybe } from '../i18n/maybe';
import { Problem } from './problem';

/** The problem in the reader's language: our text for its code, else the server's detail, else a general sentence. */
export function explain(error: unknown, i18n: Pick<I18n, 'exists'>, t: TFunction): string {
  if (!(error instanceof Problem)) return t('problem.unexpected');
  const seconds = error.retryAfterSeconds ?? 60;
  return maybe(i18n, t, `problem.${error.code}`, { seconds, minutes: Math.ceil(seconds / 60) }) ?? error.details.detail ?? t('problem.unexpected');
}

/** For react-aria's `Form`: the members that are to blame, by their JSON pointer's first name. */
export function fieldErrors(error: unknown, i18n: Pick<I18n, 'exists'>, t: TFunction): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  const fields: Record<string, string> = {};
  for (const { pointer, code, detail } of error.details.errors ?? []) {
    const name = pointer.replace(/^#?\//, '').split('/')[0] ?? '';
    fields[name] ??= maybe(i18n, t, `problem.${code}`) ?? detail ?? t('problem.invalid_value');
  }
  return fields;
}

export function useExplain(): { explain: (error: unknown) => string; fieldErrors: (error: unknown) => Record<string, string> } {
  const { t, i18n } = useTranslation();
  return { explain: (error) => explain(error, i18n, t), fieldErrors: (error) => fieldErrors(error, i18n, t) };
}
