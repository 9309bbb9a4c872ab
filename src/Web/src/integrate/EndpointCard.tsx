import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { Deliveries } from './Deliveries';
import { EndpointForm } from './EndpointForm';
import { useChangeEndpoint, useRemoveEndpoint, useToldEndpoint, type useRotateEndpoint } from './webhooks';

type Asking = 'rotate' | 'remove' | null;

/** One address: what it hears of, whether it is well, what was sent to it. `mayNotRotate`: a secret on the screen, not copied yet, would go with the next one. */
export function EndpointCard({ endpoint, rotate, mayNotRotate }: { endpoint: Endpoint; rotate: ReturnType<typeof useRotateEndpoint>; mayNotRotate: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const remove = useRemoveEndpoint();
  const tell = useToldEndpoint(endpoint.id);
  const change = useChangeEndpoint(endpoint);
  const [asking, setAsking] = useState<Asking>(null);
  const [changing, setChanging] = useState(false);
  const [open, setOpen] = useState(false);
  const when = (at: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
  const { id, url, types, test, madeAt, disabled, disabledAt, failingSince, oldSecretUntil } = endpoint;
  const mutation = asking === 'rotate' ? rotate : remove;
  const go = () => {
    if (asking === 'remove') remove.mutate(id, { onSuccess: () => setAsking(null) });
    else rotate.mutate(id, { onSuccess: () => setAsking(null) });
  };
  // The rotation is shared by all cards: what failed for another one is not this one's.
  const ask = (what: 'rotate' | 'remove') => {
    (what === 'rotate' ? rotate : remove).reset();
    setAsking(what);
  };
  return (
    <li className="card api-key" data-endpoint={id}>
      <div className="api-key-head">
        <h3><code dir="ltr">{url}</code></h3>
        <span className={disabled ? 'badge bad' : test ? 'badge' : 'badge good'}>{disabled ? t('integrate.webhooks.off') : t(test ? 'integrate.test' : 'integrate.live')}</span>
      </div>
      {disabled ? (
        <Notice kind="warn"><p>{t(`integrate.webhooks.why.${disabled}`, { time: disabledAt ? when(disabledAt) : '' })}</p></Notice>
      ) : failingSince ? <Notice kind="warn"><p>{t('integrate.webhooks.failingSince', { time: when(failingSince) })}</p></Notice> : null}
      {changing ? (
        <EndpointForm endpoint={endpoint} error={change.error} busy={change.isPending} onLeave={() => setChanging(false)}
          onSave={(wanted) => change.mutate(wanted, { onSuccess: () => setChanging(false) })} />
      ) : (
        <>
          <ul className="api-key-scopes" aria-label={t('integrate.webhooks.types')}>
            {types.length === 0 ? <li>{t('integrate.webhooks.everything')}</li> : types.map((type) => <li key={type}><code dir="ltr">{type}</code></li>)}
          </ul>
          <ul className="api-key-facts">
            <li>{t('integrate.madeAt', { time: when(madeAt) })}</li>
            {oldSecretUntil ? <li>{t('integrate.webhooks.oldUntil', { time: when(oldSecretUntil) })}</li> : null}
            <li>{t('integrate.webhooks.id')}: <code dir="ltr">{id}</code></li>
          </ul>
          <ProblemNotice error={tell.error} />
          <div className="actions">
            <Button aria-expanded={open} onPress={() => setOpen(!open)}>{t('integrate.webhooks.deliveries')}</Button>
            {disabled ? null : <Button busy={tell.isPending} onPress={() => tell.mutate('test', { onSuccess: () => setOpen(true) })}>{t('integrate.webhooks.test')}</Button>}
            <Button onPress={() => setChanging(true)}>{t('integrate.webhooks.change')}</Button>
            <Button isDisabled={mayNotRotate} onPress={() => ask('rotate')}>{t('integrate.rotate')}</Button>
            <Button busy={tell.isPending} onPress={() => tell.mutate(disabled ? 'enable' : 'disable')}>{t(disabled ? 'integrate.webhooks.enable' : 'integrate.webhooks.disable')}</Button>
            <Button kind="danger" onPress={() => ask('remove')}>{t('integrate.webhooks.remove')}</Button>
          </div>
          {open ? <Deliveries endpoint={id} disabled={disabled !== null && disabled !== undefined} /> : null}
        </>
      )}
      <Dialog title={t(asking === 'rotate' ? 'integrate.webhooks.rotateTitle' : 'integrate.webhooks.removeTitle')} open={asking !== null} onOpenChange={(still) => still || setAsking(null)}>
        <p>{t(asking === 'rotate' ? 'integrate.webhooks.rotateText' : 'integrate.webhooks.removeText')}</p>
        <ProblemNotice error={mutation.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind={asking === 'rotate' ? 'primary' : 'danger'} busy={mutation.isPending} onPress={go}>{t(asking === 'rotate' ? 'integrate.rotate' : 'integrate.webhooks.remove')}</Button>
        </div>
      </Dialog>
    </li>
  );
}
