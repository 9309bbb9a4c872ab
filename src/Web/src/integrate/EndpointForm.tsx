import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint, WantedEndpoint } from '../api/types';
import { Button } from '../look/Button';
import { Chips, OneOf, TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';
import { types } from './webhooks';

/** An endpoint's address and what it hears of; of a new one also in which world. */
export function EndpointForm({ endpoint, error, busy, onSave, onLeave }: {
  endpoint?: Endpoint;
  error: unknown;
  busy: boolean;
  onSave: (wanted: WantedEndpoint) => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const [url, setUrl] = useState(endpoint?.url ?? '');
  const [chosen, setChosen] = useState(endpoint?.types ?? []);
  const [kind, setKind] = useState('live');
  return (
    <Form className="form card" error={error} onSubmit={() => onSave({ url, types: chosen, ...(endpoint ? {} : { test: kind === 'test' }) })}>
      <ProblemNotice error={error} />
      <TextBox name="url" label={t('integrate.webhooks.url')} hint={t('integrate.webhooks.urlHint')} value={url} onChange={setUrl} maxLength={2000} required />
      {endpoint ? null : (
        <OneOf label={t('integrate.webhooks.world')} hint={t(kind === 'test' ? 'integrate.testHint' : 'integrate.liveHint')}
          choices={[{ id: 'live', name: t('integrate.live') }, { id: 'test', name: t('integrate.test') }]} value={kind} onChange={setKind} />
      )}
      <Chips name="types" label={t('integrate.webhooks.types')} hint={t('integrate.webhooks.typesHint')} choices={types.map((id) => ({ id, name: id }))} value={chosen} onChange={setChosen} />
      <div className="actions">
        <Button kind="primary" type="submit" busy={busy}>{t(endpoint ? 'common.save' : 'integrate.webhooks.make')}</Button>
        <Button onPress={onLeave}>{t('common.back')}</Button>
      </div>
    </Form>
  );
}
