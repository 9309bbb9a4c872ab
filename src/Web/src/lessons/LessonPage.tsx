import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Lesson } from '../api/types';
import { RecordingOfLesson } from '../consents/RecordingOfLesson';
import { InviteGuests } from '../guests/InviteGuests';
import { CopyButton } from '../look/CopyButton';
import { Notice } from '../look/Notice';
import { Loaded } from '../look/Loaded';
import { Page, Section } from '../look/Page';
import { MarksOfLesson } from '../marks/MarksOfLesson';
import { RecordingsOfLesson } from '../review/RecordingsOfLesson';
import { BothTimes } from '../time/BothTimes';
import { useTimeLeft } from '../time/clock';
import { Countdown } from '../time/Countdown';
import { BookingActions } from './BookingActions';
import { JoinButton } from './JoinButton';
import './lessons.css';
import { useBooking, useFollowing, useLesson, useTimeline } from './queries';
import { Timeline } from './Timeline';
import { WhereYouMeet } from './WhereYouMeet';

export function LessonPage() {
  const { t } = useTranslation();
  const lesson = useLesson(useParams().id!);
  if (lesson.data) return <OneLesson lesson={lesson.data} />;
  return <Page title={t('lesson.title')}><Loaded query={lesson}>{() => null}</Loaded></Page>;
}

function OneLesson({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const me = useMe();
  const side = sideOf(me, lesson);
  const booking = useBooking(lesson.bookingId);
  const timeline = useTimeline(lesson);
  useFollowing(lesson);
  const isAhead = useTimeLeft(lesson.start).total > 0;
  const canChange = isAhead && lesson.state === 'scheduled' && booking.data?.state === 'confirmed';
  const takesStreams = (lesson.state === 'scheduled' || lesson.state === 'started') && (lesson.meeting.provider ?? 'built-in') === 'built-in';
  return (
    <Page title={t('lesson.with', { name: side === 'tutor' ? lesson.studentName : lesson.tutorName })}>
      {lesson.clashes ? <Notice kind="warn"><p>{t('lesson.clashes')}</p></Notice> : null}
      <div className="card next-lesson">
        <BothTimes {...lesson} mine={side} tutorZone={lesson.tutorTimeZone} studentZone={lesson.studentTimeZone} />
        <div className="next-lesson-side">
          {lesson.state === 'cancelled' ? null : <Countdown start={lesson.start} end={lesson.end} isOver={lesson.state === 'ended'} />}
          <JoinButton lesson={lesson} />
        </div>
      </div>
      {lesson.state === 'scheduled' ? (
        <p><Link to={`/preflight?student=${side === 'student' ? lesson.studentId : ''}&lesson=${lesson.id}`}>{t('prepare.test')}</Link></p>
      ) : null}
      <WhereYouMeet lesson={lesson} />
      <RecordingOfLesson lesson={lesson} />
      <RecordingsOfLesson lesson={lesson} />
      <MarksOfLesson lesson={lesson} />
      {canChange ? (
        <Section title={t('lesson.change')}>
          <BookingActions booking={booking.data!} side={side} />
        </Section>
      ) : null}
      <Section title={t('lesson.link')} lead={t('lesson.linkLead')}>
        <div className="copy-line">
          <code dir="ltr">{lesson.link}</code>
          <CopyButton text={lesson.link} />
        </div>
      </Section>
      {side === 'tutor' ? <InviteGuests lesson={lesson} /> : null}
      {takesStreams && me.email ? (
        <Section title={t('streamKeys.title')} lead={t('streamKeys.fromLesson')}>
          <p><Link to={`/lessons/${lesson.id}/stream-keys`}>{t('streamKeys.open')}</Link></p>
        </Section>
      ) : null}
      <Section title={t('timeline.title')} lead={t('timeline.lead')}>
        <Loaded query={timeline}>{({ items }) => <Timeline items={items} lesson={lesson} side={side} />}</Loaded>
      </Section>
    </Page>
  );
}
