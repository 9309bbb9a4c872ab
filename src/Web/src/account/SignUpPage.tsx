import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../look/Page';
import { AccountForm } from './AccountForm';

export function SignUpPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('signUp.title')} lead={t('signUp.lead')} narrow>
      <AccountForm />
      <p className="below">{t('signUp.have')} <Link to="/sign-in">{t('signIn.title')}</Link></p>
    </Page>
  );
}
