import { I18nProvider } from 'react-aria-components';
import { Outlet } from 'react-router';
import { useLocale } from '../i18n/locale';

/** Calendars, number fields and directions of all pages speak the reader's language. */
export function Localised() {
  const locale = useLocale();
  return (
    <I18nProvider locale={locale}>
      <Outlet />
    </I18nProvider>
  );
}
