import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Series } from '../api/types';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { TextBox } from '../look/fields';
import { ProblemNotice } from '../look/ProblemNotice';
import { useSeriesVerb, type SeriesVerb } from './queries';

/** What this person may do with a series now. */
export function SeriesActions({ series, side }: { series: Series; side: 'tutor' | 'student' }) {
  const { t } = useTranslation();
  const act = useSeriesVerb(series);
  const [asking, setAsking] = useState<'decline' | 'cancel' | null>(null);
  const [reason, setReason] = useState('');
  if (series.state !== 'requested' && series.state !== 'confirmed') return null;
  const leave = () => {
    act.reset();
    setAsking(null);
  };
  const give = (verb: SeriesVerb['verb']) => act.mutate({ verb, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }, { onSuccess: () => setAsking(null) });
  return (
    <>
      {asking === null ? <ProblemNotice error={act.error} /> : null}
      <div className="actions">
        {side === 'tutor' && series.state === 'requested' ? (
          <>
            <Button kind="primary" busy={act.isPending && act.variables.verb === 'confirm'} onPress={() => act.mutate({ verb: 'confirm' })}>{t('series.confirm')}</Button>
            <Button onPress={() => setAsking('decline')}>{t('series.decline')}</Button>
          </>
        ) : (
          <Button kind="danger" onPress={() => setAsking('cancel')}>{series.state === 'requested' ? t('booking.withdraw') : t('series.end')}</Button>
        )}
      </div>
      <Dialog title={asking === 'decline' ? t('series.declineTitle') : t('series.endTitle')} open={asking !== null} onOpenChange={(isOpen) => !isOpen && leave()}>
        <p>{asking === 'decline' ? t('booking.declineText', { name: series.studentName }) : t('series.endText')}</p>
        <ProblemNotice error={act.error} />
        <TextBox label={t('booking.reason')} hint={t('booking.reasonHint')} value={reason} onChange={setReason} lines={3} maxLength={500} />
        <div className="actions end">
          <Button onPress={leave}>{t('common.back')}</Button>
          <Button kind="danger" busy={act.isPending} onPress={() => asking && give(asking)}>{asking === 'decline' ? t('series.decline') : series.state === 'requested' ? t('booking.withdraw') : t('series.end')}</Button>
        </div>
      </Dialog>
    </>
  );
}
