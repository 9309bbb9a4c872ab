import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKey } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { ProblemNotice } from '../look/ProblemNotice';
import { useRevokeApiKey, type useRotateApiKey } from './queries';

type Asking = 'rotate' | 'revoke' | null;

/** A key that works: what it may do, when it was last used, and the ways to renew it and to take it back. `mayNotRotate`: a secret on the screen, not copied yet, would go with the next one. */
export function KeyCard({ apiKey, rotate, mayNotRotate, onRevoked }: { apiKey: ApiKey; rotate: ReturnType<typeof useRotateApiKey>; mayNotRotate: boolean; onRevoked: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const revoke = useRevokeApiKey();
  const [asking, setAsking] = useState<Asking>(null);
  const when = (at: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
  const { id, name, test, scopes, madeAt, usedAt, expiresAt, oldUntil } = apiKey;
  const mutation = asking === 'rotate' ? rotate : revoke;
  const go = () => {
    if (asking === 'revoke') revoke.mutate(id, { onSuccess: onRevoked });
    else rotate.mutate(id, { onSuccess: () => setAsking(null) });
  };
  // The rotation is shared by all cards: what failed for another one is not this one's.
  const ask = (what: 'rotate' | 'revoke') => {
    (what === 'rotate' ? rotate : revoke).reset();
    setAsking(what);
  };
  return (
    <li className="card api-key" data-key={id}>
      <div className="api-key-head">
        <h3><bdi>{name}</bdi></h3>
        <span className={test ? 'badge' : 'badge good'}>{t(test ? 'integrate.test' : 'integrate.live')}</span>
      </div>
      <ul className="api-key-scopes" aria-label={t('integrate.scopes')}>{scopes.map((scope) => <li key={scope}><code dir="ltr">{scope}</code></li>)}</ul>
      <ul className="api-key-facts">
        <li>{t('integrate.madeAt', { time: when(madeAt) })}</li>
        <li>{usedAt ? t('integrate.usedAt', { time: when(usedAt) }) : t('integrate.neverUsed')}</li>
        {expiresAt ? <li>{t('integrate.until', { time: when(expiresAt) })}</li> : null}
        {oldUntil ? <li>{t('integrate.oldUntil', { time: when(oldUntil) })}</li> : null}
        <li>{t('integrate.clientId')}: <code dir="ltr">{id}</code></li>
      </ul>
      <div className="actions">
        <Button isDisabled={mayNotRotate} onPress={() => ask('rotate')}>{t('integrate.rotate')}</Button>
        <Button kind="danger" onPress={() => ask('revoke')}>{t('integrate.revoke')}</Button>
      </div>
      <Dialog title={t(asking === 'rotate' ? 'integrate.rotateTitle' : 'integrate.revokeTitle')} open={asking !== null} onOpenChange={(open) => open || setAsking(null)}>
        <p>{t(asking === 'rotate' ? 'integrate.rotateText' : 'integrate.revokeText')}</p>
        <ProblemNotice error={mutation.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind={asking === 'rotate' ? 'primary' : 'danger'} busy={mutation.isPending} onPress={go}>{t(asking === 'rotate' ? 'integrate.rotate' : 'integrate.revoke')}</Button>
        </div>
      </Dialog>
    </li>
  );
}
