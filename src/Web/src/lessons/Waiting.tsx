import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { Section } from '../look/Page';
import { useSeriesList } from '../series/queries';
import { SeriesCard } from '../series/SeriesCard';
import { BookingCard } from './BookingCard';
import { useBookings } from './queries';

/** Requests without an answer; the lessons of a series that waits are one. */
export function Waiting() {
  const { t } = useTranslation();
  const me = useMe();
  const bookings = useBookings('requested').data?.items ?? [];
  const series = useSeriesList('requested').data?.items ?? [];
  const single = bookings.filter((booking) => !series.some((one) => one.id === booking.series?.seriesId));
  if (single.length + series.length === 0) return null;
  return (
    <Section title={me.tutorId ? t('lessons.waitingForYou') : t('lessons.waiting')}>
      <ul className="cards">
        {series.map((one) => <SeriesCard key={one.id} series={one} />)}
        {single.map((booking) => <BookingCard key={booking.id} booking={booking} />)}
      </ul>
    </Section>
  );
}
