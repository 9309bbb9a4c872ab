import { useTranslation } from 'react-i18next';
import type { Connection } from '../api/types';
import { useLocale } from '../i18n/locale';
import { LinkButton } from '../look/Button';
import { Notice } from '../look/Notice';

/** On the home page: an account that stopped working is said before the next lesson, not during it. */
export function DeadConnections({ connections }: { connections: readonly Connection[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dead = connections.filter(({ own }) => own?.state === 'dead');
  if (dead.length === 0) return null;
  const names = new Intl.ListFormat(locale).format(dead.map(({ provider }) => t(`provider.${provider}`)));
  return (
    <Notice kind="bad" title={t('meetingProviders.dead', { provider: names })}>
      <p>{t('meetingProviders.deadText')}</p>
      <LinkButton to="/meeting-providers">{t('meetingProviders.connectAgain')}</LinkButton>
    </Notice>
  );
}
