import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Booking } from '../api/types';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { TextBox } from '../look/fields';
import { ProblemNotice } from '../look/ProblemNotice';
import { useTimeLeft } from '../time/clock';
import { useBookingVerb } from './queries';

/** What this person may do with a booking now. */
export function BookingActions({ booking, side }: { booking: Booking; side: 'tutor' | 'student' }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const act = useBookingVerb();
  const [asking, setAsking] = useState<'decline' | 'cancel' | null>(null);
  const [reason, setReason] = useState('');
  // Once its time has come the server refuses every change (`lesson_started`), whether or not anybody came.
  const isAhead = useTimeLeft(booking.start).total > 0;
  if (!isAhead || (booking.state !== 'requested' && booking.state !== 'confirmed')) return null;

  const give = (verb: 'decline' | 'cancel') =>
    act.mutate({ booking, verb, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }, { onSuccess: () => setAsking(null) });

  return (
    <>
      {asking === null ? <ProblemNotice error={act.error} /> : null}
      <div className="actions">
        {side === 'tutor' && booking.state === 'requested' ? (
          <>
            <Button kind="primary" busy={act.isPending && act.variables.verb === 'confirm'} onPress={() => act.mutate({ booking, verb: 'confirm' })}>{t('booking.confirm')}</Button>
            <Button onPress={() => setAsking('decline')}>{t('booking.decline')}</Button>
          </>
        ) : (
          <>
            <Button onPress={() => void navigate(`/tutors/${booking.tutorId}?student=${booking.studentId}&duration=${booking.durationMinutes}&move=${booking.id}`)}>
              {t('booking.reschedule')}
            </Button>
            <Button kind="danger" onPress={() => setAsking('cancel')}>{booking.state === 'requested' ? t('booking.withdraw') : t('booking.cancel')}</Button>
          </>
        )}
      </div>
      <Dialog title={asking === 'decline' ? t('booking.declineTitle') : t('booking.cancelTitle')} open={asking !== null} onOpenChange={(isOpen) => !isOpen && setAsking(null)}>
        <p>{asking === 'decline' ? t('booking.declineText', { name: booking.studentName }) : t('booking.cancelText')}</p>
        <ProblemNotice error={act.error} />
        <TextBox label={t('booking.reason')} hint={t('booking.reasonHint')} value={reason} onChange={setReason} lines={3} maxLength={500} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind="danger" busy={act.isPending} onPress={() => asking && give(asking)}>{asking === 'decline' ? t('booking.decline') : t('booking.cancel')}</Button>
        </div>
      </Dialog>
    </>
  );
}
