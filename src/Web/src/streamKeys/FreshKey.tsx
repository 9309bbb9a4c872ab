import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewStreamKey } from '../api/types';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { Notice } from '../look/Notice';

const obsSteps = ['service', 'server', 'token', 'output', 'start', 'mute'] as const;
const playerSteps = ['address', 'token', 'start'] as const;

/** The only time that the key is seen: what to paste where. */
export function FreshKey({ made, onDone }: { made: NewStreamKey; onDone: () => void }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  // The form whose button was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  const publishes = made.use === 'publish';
  return (
    <section className="card fresh-key" aria-labelledby="fresh-key">
      <h2 id="fresh-key" ref={heading} tabIndex={-1}>{t('streamKeys.fresh')}</h2>
      <Notice kind="warn"><p>{t('streamKeys.once')}</p></Notice>
      <dl>
        <dt>{t(publishes ? 'streamKeys.whip' : 'streamKeys.whep')}</dt>
        <dd className="copy-line"><code dir="ltr">{made.url}</code><CopyButton text={made.url} /></dd>
        <dt>{t('streamKeys.token')}</dt>
        <dd className="copy-line"><code dir="ltr">{made.token}</code><CopyButton text={made.token} /></dd>
      </dl>
      <h3>{t(publishes ? 'streamKeys.inObs' : 'streamKeys.inPlayer')}</h3>
      <ol className="key-steps">
        {publishes ? obsSteps.map((step) => <li key={step}>{t(`streamKeys.obs.${step}`)}</li>) : playerSteps.map((step) => <li key={step}>{t(`streamKeys.player.${step}`)}</li>)}
      </ol>
      <p className="soft">{t(publishes ? 'streamKeys.careful' : 'streamKeys.carefulPlayer')}</p>
      <div className="actions end"><Button kind="primary" onPress={onDone}>{t('streamKeys.done')}</Button></div>
    </section>
  );
}
