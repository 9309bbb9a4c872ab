import { useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewApiKey, NewEndpoint } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { Notice } from '../look/Notice';

/** The only time that a key, or an endpoint's secret, is seen. */
export function FreshSecret({ made, of = 'keys', onDone }: { made: NewApiKey | NewEndpoint; of?: 'keys' | 'webhooks'; onDone: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const own = of === 'keys' ? 'integrate' : 'integrate.webhooks';
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  // The form whose button was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="card fresh-secret" aria-labelledby={id}>
      <h3 id={id} ref={heading} tabIndex={-1}>{t(`${own}.fresh`)}</h3>
      <Notice kind="warn"><p>{t(`${own}.once`)}</p></Notice>
      {made.oldUntil ? <p>{t(`${own}.oldUntil`, { time: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(made.oldUntil)) })}</p> : null}
      <dl>
        <dt>{t(`${own}.secret`)}</dt>
        <dd className="copy-line"><code dir="ltr">{made.secret}</code><CopyButton text={made.secret} /></dd>
        <dt>{t(of === 'keys' ? 'integrate.clientId' : 'integrate.webhooks.id')}</dt>
        <dd className="copy-line"><code dir="ltr">{made.id}</code><CopyButton text={made.id} /></dd>
      </dl>
      <div className="actions end"><Button kind="primary" onPress={onDone}>{t('integrate.copied')}</Button></div>
    </section>
  );
}
