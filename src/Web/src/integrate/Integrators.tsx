import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { TextBox } from '../look/fields';
import { Dialog } from '../look/Dialog';
import { Form } from '../look/Form';
import { Loaded } from '../look/Loaded';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import type { Integrator } from '../api/types';
import { useAddIntegrator, useIntegrators, useRemoveIntegrator } from './queries';

/** For administrators: whose programs may come. */
export function Integrators() {
  const { t } = useTranslation();
  const integrators = useIntegrators();
  const add = useAddIntegrator();
  const [email, setEmail] = useState('');
  return (
    <Section title={t('integrate.integrators')} lead={t('integrate.integratorsLead')}>
      <Form className="form card" error={add.error} onSubmit={() => add.mutate(email, { onSuccess: () => setEmail('') })}>
        <ProblemNotice error={add.error} />
        <TextBox name="email" type="email" label={t('integrate.email')} hint={t('integrate.emailHint')} value={email} onChange={setEmail} maxLength={254} required />
        <div className="actions"><Button type="submit" busy={add.isPending}>{t('integrate.add')}</Button></div>
      </Form>
      <Loaded query={integrators}>
        {({ items }) => items.length === 0 ? <p className="soft">{t('integrate.noIntegrators')}</p> : (
          <ul className="cards">{items.map((one) => <IntegratorCard key={one.personId} integrator={one} />)}</ul>
        )}
      </Loaded>
    </Section>
  );
}

function IntegratorCard({ integrator }: { integrator: Integrator }) {
  const { t } = useTranslation();
  const remove = useRemoveIntegrator();
  const [asking, setAsking] = useState(false);
  return (
    <li className="card api-key">
      <div className="api-key-head"><h3><bdi>{integrator.displayName}</bdi></h3><span className="soft" dir="ltr">{integrator.email}</span></div>
      <div className="actions"><Button kind="danger" onPress={() => setAsking(true)}>{t('integrate.remove')}</Button></div>
      <Dialog title={t('integrate.removeTitle')} open={asking} onOpenChange={setAsking}>
        <p>{t('integrate.removeText')}</p>
        <ProblemNotice error={remove.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(false)}>{t('common.back')}</Button>
          <Button kind="danger" busy={remove.isPending || remove.isSuccess} onPress={() => remove.mutate(integrator.personId)}>{t('integrate.remove')}</Button>
        </div>
      </Dialog>
    </li>
  );
}
