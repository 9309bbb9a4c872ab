import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { learnersOf, sideOf, useMe } from '../account/me';
import type { Booking, Tutor } from '../api/types';
import { useLocale } from '../i18n/locale';
import { useBooking, useLesson } from '../lessons/queries';
import { OneOf } from '../look/fields';
import { Loaded } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { BothTimes } from '../time/BothTimes';
import { unitText } from '../time/countdown';
import { zoneCity } from '../time/zones';
import './mentors.css';
import { useTutor } from './queries';
import { SlotChooser, type Party } from './SlotChooser';
import { TutorFacts } from './TutorFacts';

/** A tutor and their open times; with `?move=<booking>` the page moves that lesson instead of booking another. */
export default function TutorPage() {
  const { t } = useTranslation();
  const tutor = useTutor(useParams().id!);
  const [search] = useSearchParams();
  const move = search.get('move');
  if (!tutor.data) return <Page title={t('tutor.title')}><Loaded query={tutor}>{() => null}</Loaded></Page>;
  return move === null ? <BookAt tutor={tutor.data} /> : <MoveAt tutor={tutor.data} bookingId={move} />;
}

function BookAt({ tutor }: { tutor: Tutor }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const [search] = useSearchParams();
  const learners = learnersOf(me);
  const [studentId, setStudentId] = useState(search.get('student') ?? learners[0]?.studentId ?? '');
  const learner = learners.find((known) => known.studentId === studentId) ?? learners[0];
  const wished = Number(search.get('duration'));
  const [duration, setDuration] = useState(tutor.durationsMinutes.includes(wished) ? wished : (tutor.durationsMinutes[0] ?? 0));
  return (
    <Page title={tutor.displayName} lead={zoneCity(tutor.timeZone, t)}>
      <TutorFacts tutor={tutor} />
      {tutor.introduction ? <p className="introduction" dir="auto">{tutor.introduction}</p> : null}
      {learner === undefined ? <Notice><p>{t('mentors.nobody')}</p></Notice> : tutor.durationsMinutes.length === 0 ? <Notice><p>{t('slots.noHours')}</p></Notice> : (
        <Section title={t('slots.title')} lead={t('slots.lead', { place: zoneCity(learner.timeZone, t) })}>
          <div className="field-row">
            {learners.length > 1 ? (
              <OneOf label={t('mentors.forWhom')} choices={learners.map((known) => ({ id: known.studentId, name: known.displayName }))} value={learner.studentId} onChange={setStudentId} />
            ) : null}
            {tutor.durationsMinutes.length > 1 ? (
              <OneOf label={t('mentors.duration')} choices={tutor.durationsMinutes.map((minutes) => ({ id: String(minutes), name: unitText(minutes, 'minute', locale) }))}
                value={String(duration)} onChange={(id) => setDuration(Number(id))} />
            ) : null}
          </div>
          <SlotChooser key={`${learner.studentId} ${duration}`} tutor={tutor} duration={duration}
            party={{ studentId: learner.studentId, studentName: learner.displayName, studentZone: learner.timeZone, mine: 'student' }} />
        </Section>
      )}
    </Page>
  );
}

function MoveAt({ tutor, bookingId }: { tutor: Tutor; bookingId: string }) {
  const { t } = useTranslation();
  const booking = useBooking(bookingId);
  if (!booking.data) return <Page title={t('slots.moveTitle')}><Loaded query={booking}>{() => null}</Loaded></Page>;
  return (
    <Page title={t('slots.moveTitle')} lead={t('slots.moveLead')}>
      {booking.data.lessonId ? <MoveLesson tutor={tutor} booking={booking.data} lessonId={booking.data.lessonId} /> : <MoveRequest tutor={tutor} booking={booking.data} />}
    </Page>
  );
}

function MoveLesson({ tutor, booking, lessonId }: { tutor: Tutor; booking: Booking; lessonId: string }) {
  const lesson = useLesson(lessonId);
  const me = useMe();
  return (
    <Loaded query={lesson}>
      {(data) => <Moving tutor={tutor} booking={booking} party={{ studentId: booking.studentId, studentName: booking.studentName, studentZone: data.studentTimeZone, mine: sideOf(me, booking) }} />}
    </Loaded>
  );
}

function MoveRequest({ tutor, booking }: { tutor: Tutor; booking: Booking }) {
  const me = useMe();
  const zone = learnersOf(me).find((learner) => learner.studentId === booking.studentId)?.timeZone ?? me.timeZone;
  return <Moving tutor={tutor} booking={booking} party={{ studentId: booking.studentId, studentName: booking.studentName, studentZone: zone, mine: 'student' }} />;
}

function Moving({ tutor, booking, party }: { tutor: Tutor; booking: Booking; party: Party }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="card"><h2 className="minor">{t('slots.now')}</h2><BothTimes {...booking} mine={party.mine} tutorZone={tutor.timeZone} studentZone={party.studentZone} compact /></div>
      <SlotChooser tutor={tutor} duration={booking.durationMinutes} party={party} moving={booking} />
    </>
  );
}
