import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StreamKey } from '../api/types';
import { useLocale } from '../i18n/locale';
import { maybe } from '../i18n/maybe';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { Dialog } from '../look/Dialog';
import { ProblemNotice } from '../look/ProblemNotice';
import { useRevokeStreamKey } from './queries';

/** A key that works: what it is for, whether something runs by it, and the way to take it back. */
export function KeyCard({ lessonId, streamKey, onRevoked }: { lessonId: string; streamKey: StreamKey; onRevoked: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const revoke = useRevokeStreamKey(lessonId);
  const [asking, setAsking] = useState(false);
  const { use, listeners, sessions, usedAt } = streamKey;
  const when = (at: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  const what = use === 'publish' ? 'publish' : listeners > 1 ? 'audience' : 'watch';
  return (
    <li className="card stream-key" data-key={streamKey.id}>
      <div className="stream-key-head">
        <h3>{t(`streamKeys.use.${what}`)}</h3>
        {sessions === 0 ? <span className="badge">{t('streamKeys.idle')}</span>
          : <span className="badge good">{listeners > 1 ? t('streamKeys.listening', { number: number(sessions), most: number(listeners) }) : t('streamKeys.running')}</span>}
      </div>
      <ul className="stream-key-facts">
        {streamKey.isOwn ? null : <li>{maybe(i18n, t, `streamKeys.madeBy.${streamKey.madeBy}`) ?? streamKey.madeBy}</li>}
        <li>{t('streamKeys.madeAt', { time: when(streamKey.madeAt) })}</li>
        <li>{usedAt ? t('streamKeys.usedAt', { time: when(usedAt) }) : t('streamKeys.neverUsed')}</li>
        <li>{t('streamKeys.until', { time: when(streamKey.expiresAt) })}</li>
      </ul>
      <div className="copy-line"><code dir="ltr">{streamKey.url}</code><CopyButton text={streamKey.url} /></div>
      <div className="actions"><Button kind="danger" onPress={() => setAsking(true)}>{t('streamKeys.revoke')}</Button></div>
      <Dialog title={t('streamKeys.revokeTitle')} open={asking} onOpenChange={setAsking}>
        <p>{t(sessions > 0 ? 'streamKeys.revokeRunning' : 'streamKeys.revokeText')}</p>
        <ProblemNotice error={revoke.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(false)}>{t('common.back')}</Button>
          <Button kind="danger" busy={revoke.isPending || revoke.isSuccess} onPress={() => revoke.mutate(streamKey.id, { onSuccess: () => onRevoked(streamKey.id) })}>{t('streamKeys.revoke')}</Button>
        </div>
      </Dialog>
    </li>
  );
}
