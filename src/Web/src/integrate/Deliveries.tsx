import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery, DeliveryState } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { OneOf } from '../look/fields';
import { Loaded } from '../look/Loaded';
import { ProblemNotice } from '../look/ProblemNotice';
import { useDeliveries, useDelivery, useReplay } from './webhooks';

const states = ['all', 'waiting', 'delivered', 'failed'] as const;

/** What was sent to an endpoint in the last thirty days. */
export function Deliveries({ endpoint, disabled }: { endpoint: string; disabled: boolean }) {
  const { t } = useTranslation();
  const [state, setState] = useState<DeliveryState | 'all'>('all');
  const found = useDeliveries(endpoint, state);
  const replay = useReplay();
  return (
    <div className="deliveries">
      <OneOf label={t('integrate.webhooks.deliveries')} choices={states.map((id) => ({ id, name: t(`integrate.webhooks.state.${id}`) }))} value={state}
        onChange={(id) => setState(id as DeliveryState | 'all')} />
      <ProblemNotice error={replay.error} />
      <Loaded query={found}>
        {({ pages }) => pages[0]!.items.length === 0 ? <p className="soft">{t('integrate.webhooks.noDeliveries')}</p> : (
          <ul className="delivery-list">
            {pages.flatMap(({ items }) => items).map((one) => <Sent key={one.id} delivery={one} replay={disabled ? null : replay} />)}
          </ul>
        )}
      </Loaded>
      {found.hasNextPage ? <div className="actions"><Button busy={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>{t('integrate.webhooks.more')}</Button></div> : null}
    </div>
  );
}

function Sent({ delivery, replay }: { delivery: Delivery; replay: ReturnType<typeof useReplay> | null }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const when = (at: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));
  const { id, type, state, madeAt, dueAt, attempts } = delivery;
  return (
    <li data-delivery={id}>
      <div className="api-key-head">
        <code dir="ltr">{type}</code>
        <span className={state === 'delivered' ? 'badge good' : state === 'failed' ? 'badge bad' : 'badge warn'}>{t(`integrate.webhooks.state.${state}`)}</span>
      </div>
      <ul className="api-key-facts">
        <li>{when(madeAt)}</li>
        {dueAt && attempts > 0 ? <li>{t('integrate.webhooks.due', { time: when(dueAt) })}</li> : null}
        <li><code dir="ltr">{id}</code></li>
      </ul>
      <div className="actions">
        <Button aria-expanded={open} onPress={() => setOpen(!open)}>{t('integrate.webhooks.attempts', { number: attempts })}</Button>
        {replay && state !== 'waiting' ? <Button busy={replay.isPending && replay.variables === id} onPress={() => replay.mutate(id)}>{t('integrate.webhooks.replay')}</Button> : null}
      </div>
      {open ? <Attempts id={id} attempts={attempts} /> : null}
    </li>
  );
}

/** When each was made, how long it took, and what came of it. */
function Attempts({ id, attempts }: { id: string; attempts: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const length = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond' });
  return (
    <Loaded query={useDelivery(id, attempts)}>
      {({ log, body }) => (
        <>
          <ol className="attempts" reversed>
            {(log ?? []).map((one) => (
              <li key={one.number} value={one.number}>
                {when.format(new Date(one.at))} · {length.format(one.durationMs)} · {one.error ? t(`integrate.webhooks.error.${one.error}`) : t('integrate.webhooks.answered', { status: one.status })}
              </li>
            ))}
          </ol>
          {body ? <pre dir="ltr" tabIndex={0} aria-label={t('integrate.webhooks.body')}>{body}</pre> : null}
        </>
      )}
    </Loaded>
  );
}
