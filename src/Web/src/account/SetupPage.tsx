import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { AccountForm } from './AccountForm';

/** The one-time link of the first start; its secret stands after the #, which no server's log sees. */
export function SetupPage() {
  const { t } = useTranslation();
  const [token] = useState(() => window.location.hash.slice(1));
  return (
    <Page title={t('setup.title')} lead={t('setup.lead')} narrow>
      {token === '' ? <Notice kind="warn"><p>{t('setup.noToken')}</p></Notice> : <AccountForm setupToken={token} />}
    </Page>
  );
}
