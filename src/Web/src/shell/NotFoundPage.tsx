import { useTranslation } from 'react-i18next';
import { LinkButton } from '../look/Button';
import { Empty } from '../look/Notice';
import { Page } from '../look/Page';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')} narrow>
      <Empty title={t('notFound.text')} action={<LinkButton to="/" kind="primary">{t('notFound.home')}</LinkButton>} />
    </Page>
  );
}
