import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { sideOf, useMe } from '../account/me';
import { useLocale } from '../i18n/locale';
import { useLesson } from '../lessons/queries';
import { Loaded } from '../look/Loaded';
import { Page } from '../look/Page';
import { dayText, parseWall, timeText } from '../time/wall';
import { partOf } from './files';
import { Player } from './Player';
import { useRecordings, useReview } from './queries';
import './review.css';

export default function ReviewPage() {
  const { t } = useTranslation();
  const { id, recordingId } = useParams();
  const { id: person } = useMe();
  const review = useReview(id!, recordingId!);
  return (
    <Page title={t('review.title')} lead={<Which lesson={id!} recording={recordingId!} />}>
      <Loaded query={review}>
        {(data) => <Player review={data} person={person} lesson={id!} recording={recordingId!} error={review.error} onAskAgain={() => void review.refetch()} />}
      </Loaded>
    </Page>
  );
}

/** Whose lesson it was and when; where the server failed in its middle, which part this is, with the way to the next. */
function Which({ lesson: id, recording }: { lesson: string; recording: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const lesson = useLesson(id).data;
  const recordings = useRecordings(id, true).data;
  const back = <Link to={`/lessons/${id}`}>{t('review.back')}</Link>;
  if (!lesson) return back;
  const isTutor = sideOf(me, lesson) === 'tutor';
  const start = parseWall(isTutor ? lesson.tutorLocal : lesson.studentLocal);
  const part = partOf(recordings?.items ?? [], recording);
  const to = (other: { id: string }) => `/lessons/${id}/recordings/${other.id}`;
  return (
    <span className="review-which">
      {back}
      <span>{t('lesson.with', { name: isTutor ? lesson.studentName : lesson.tutorName })} · <bdi>{dayText(start, locale)} {timeText(start, locale)}</bdi></span>
      {part ? <span>{t('review.part', { part: part.part, parts: part.parts })}</span> : null}
      {part?.before ? <Link to={to(part.before)}>{t('review.partBefore')}</Link> : null}
      {part?.after ? <Link to={to(part.after)}>{t('review.partAfter')}</Link> : null}
    </span>
  );
}
