import { useTranslation } from 'react-i18next';
import { sideOf, useMe } from '../account/me';
import type { Booking } from '../api/types';
import { useLocale } from '../i18n/locale';
import { BothTimes } from '../time/BothTimes';
import { useTimeLeft } from '../time/clock';
import { leftParts, unitText } from '../time/countdown';
import { BookingActions } from './BookingActions';

/** A request that waits for the tutor's word. */
export function BookingCard({ booking, heading: Heading = 'h3' }: { booking: Booking; heading?: 'h2' | 'h3' }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const side = sideOf(me, booking);
  return (
    <li className="card row-card">
      <div className="row-card-head">
        <Heading><bdi>{side === 'tutor' ? booking.studentName : booking.tutorName}</bdi></Heading>
        <span className="soft">{unitText(booking.durationMinutes, 'minute', locale)}</span>
        <span className={`badge ${booking.state}`}>{t(`bookingState.${booking.state}`)}</span>
      </div>
      <BothTimes {...booking} mine={side} tutorZone={booking.tutorTimeZone} studentZone={booking.studentTimeZone} compact />
      {booking.state === 'requested' && booking.expiresAt ? <Expiry at={booking.expiresAt} /> : null}
      <BookingActions booking={booking} side={side} />
    </li>
  );
}

function Expiry({ at }: { at: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const left = useTimeLeft(at);
  if (left.total <= 0) return <p className="hint">{t('booking.expired')}</p>;
  const [largest] = leftParts(left);
  return <p className="hint">{t('booking.expiresIn', { time: unitText(largest!.value, largest!.unit, locale) })}</p>;
}
