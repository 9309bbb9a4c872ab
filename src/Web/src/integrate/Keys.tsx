import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty, Notice } from '../look/Notice';
import { Section } from '../look/Page';
import { FreshSecret } from './FreshSecret';
import { KeyCard } from './KeyCard';
import { KeyForm } from './KeyForm';
import { useApiKeys, useMakeApiKey, useRotateApiKey } from './queries';

/** The own keys: making one, its only sight, the list. */
export function Keys() {
  const { t } = useTranslation();
  const keys = useApiKeys();
  const make = useMakeApiKey();
  const rotate = useRotateApiKey();
  const [making, setMaking] = useState(false);
  const [revoked, setRevoked] = useState(false);
  const fresh = make.data ?? rotate.data;
  const done = () => {
    make.reset();
    rotate.reset();
    setMaking(false);
  };
  return (
    <Section title={t('integrate.keys')} lead={t('integrate.keysLead')}
      actions={making || fresh ? null : <Button kind="primary" onPress={() => {
        setRevoked(false);
        setMaking(true);
      }}>{t('integrate.new')}</Button>}>
      {fresh ? <FreshSecret made={fresh} onDone={done} /> : making ? <KeyForm error={make.error} busy={make.isPending} onMake={make.mutate} onLeave={done} /> : null}
      <div role="status">{revoked ? <Notice kind="good"><p>{t('integrate.revoked')}</p></Notice> : null}</div>
      <Loaded query={keys}>
        {({ items }) => items.length === 0 ? making || fresh ? null : <Empty title={t('integrate.none')}>{t('integrate.noneText')}</Empty> : (
          <ul className="cards">
            {items.map((key) => <KeyCard key={key.id} apiKey={key} rotate={rotate} mayNotRotate={making || fresh !== undefined} onRevoked={() => setRevoked(true)} />)}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
