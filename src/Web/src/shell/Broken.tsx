import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';
import { Button } from '../look/Button';
import { Notice } from '../look/Notice';

/** What stands in for a page that threw: never a white screen. */
export function Broken() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <main className="page narrow">
      <h1>{t('broken.title')}</h1>
      <Notice kind="bad"><p>{t('broken.text')}</p></Notice>
      <div className="actions">
        <Button kind="primary" onPress={() => window.location.reload()}>{t('broken.reload')}</Button>
        <a className="button quiet" href="/">{t('notFound.home')}</a>
      </div>
      <details className="soft"><summary>{t('broken.details')}</summary><pre dir="ltr">{String(error instanceof Error ? error.message : error)}</pre></details>
    </main>
  );
}
