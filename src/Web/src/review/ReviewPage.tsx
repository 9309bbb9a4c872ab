import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useMe } from '../account/me';
import { Loaded } from '../look/Loaded';
import { Page } from '../look/Page';
import { Player } from './Player';
import { useReview } from './queries';
import './review.css';

export default function ReviewPage() {
  const { t } = useTranslation();
  const { id, recordingId } = useParams();
  const { id: person } = useMe();
  const review = useReview(id!, recordingId!);
  return (
    <Page title={t('review.title')} lead={<Link to={`/lessons/${id}`}>{t('review.back')}</Link>}>
      <Loaded query={review}>
        {(data) => <Player review={data} person={person} lesson={id!} recording={recordingId!} error={review.error} onAskAgain={() => void review.refetch()} />}
      </Loaded>
    </Page>
  );
}
