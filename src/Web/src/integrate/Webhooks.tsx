import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Section } from '../look/Page';
import { EndpointCard } from './EndpointCard';
import { EndpointForm } from './EndpointForm';
import { FreshSecret } from './FreshSecret';
import { useEndpoints, useMakeEndpoint, useRotateEndpoint } from './webhooks';

/** Where Muse posts what happens: making an endpoint, the only sight of its secret, the list. */
export function Webhooks() {
  const { t } = useTranslation();
  const endpoints = useEndpoints();
  const make = useMakeEndpoint();
  const rotate = useRotateEndpoint();
  const [making, setMaking] = useState(false);
  const fresh = make.data ?? rotate.data;
  const done = () => {
    make.reset();
    rotate.reset();
    setMaking(false);
  };
  return (
    <Section title={t('integrate.webhooks.title')} lead={t('integrate.webhooks.lead')}
      actions={making || fresh ? null : <Button kind="primary" onPress={() => setMaking(true)}>{t('integrate.webhooks.new')}</Button>}>
      {fresh ? <FreshSecret made={fresh} of="webhooks" onDone={done} />
        : making ? <EndpointForm error={make.error} busy={make.isPending} onSave={make.mutate} onLeave={done} /> : null}
      <Loaded query={endpoints}>
        {({ items }) => items.length === 0 ? making || fresh ? null : <Empty title={t('integrate.webhooks.none')}>{t('integrate.webhooks.noneText')}</Empty> : (
          <ul className="cards">
            {items.map((endpoint) => <EndpointCard key={endpoint.id} endpoint={endpoint} rotate={rotate} mayNotRotate={making || fresh !== undefined} />)}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
