import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { Page } from '../look/Page';
import { Integrators } from './Integrators';
import { Keys } from './Keys';
import { Sandbox } from './Sandbox';
import { Webhooks } from './Webhooks';
import './integrate.css';

/** Where the school's own programs are given their keys. */
export default function IntegratePage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Page title={t('integrate.title')} lead={t('integrate.lead')}>
      <p className="integrate-reading">
        <a href="/docs/integrators.md" target="_blank" rel="noreferrer">{t('integrate.guide')}</a>
        <a href="/openapi/ui/index.html" target="_blank" rel="noreferrer">{t('integrate.reference')}</a>
      </p>
      <Keys />
      <Webhooks />
      <Sandbox />
      {me.roles.includes('admin') ? <Integrators /> : null}
    </Page>
  );
}
