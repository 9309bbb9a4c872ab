import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { LinkButton } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Page } from '../look/Page';
import { BookingCard } from './BookingCard';
import { useBooking } from './queries';

export function BookingPage() {
  const { t } = useTranslation();
  const booking = useBooking(useParams().id!);
  return (
    <Page title={t('booking.title')} narrow>
      <Loaded query={booking}>
        {(data) => (
          <>
            <ul className="cards"><BookingCard booking={data} heading="h2" /></ul>
            {data.lessonId ? <LinkButton to={`/lessons/${data.lessonId}`} kind="primary">{t('lessons.open')}</LinkButton> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}
