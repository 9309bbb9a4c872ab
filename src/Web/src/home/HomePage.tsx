import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Lesson, Me } from '../api/types';
import { DeadConnections } from '../connections/DeadConnections';
import { useConnections } from '../connections/queries';
import { JoinButton } from '../lessons/JoinButton';
import '../lessons/lessons.css';
import { isOver, useComingLessons } from '../lessons/queries';
import { Waiting } from '../lessons/Waiting';
import { LinkButton } from '../look/Button';
import { Loaded, Placeholder } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { BothTimes } from '../time/BothTimes';
import { serverNow } from '../time/clock';
import { Countdown } from '../time/Countdown';
import './home.css';

/** The next lesson: a countdown, one button, what to prepare. */
export function HomePage() {
  const { t } = useTranslation();
  const me = useMe();
  const coming = useComingLessons();
  const connections = useConnections(me.tutorId);
  const requests = <Waiting />;
  return (
    <Page title={t('home.hello', { name: me.displayName })}>
      {/* A tutor's page waits for both, so that a warning pushes nothing down. */}
      {connections.isLoading ? <Placeholder lines={6} /> : (
      <>
      <DeadConnections connections={connections.data?.items ?? []} />
      <Loaded query={coming} lines={6}>
        {({ items }) => {
          const live = items.filter((lesson) => !isOver(lesson, serverNow()));
          const [next, ...later] = live;
          return next ? <Next lesson={next} me={me} later={later.length} waiting={requests} /> : <><Start me={me} />{requests}<p className="below"><Link to="/preflight">{t('prepare.test')}</Link></p></>;
        }}
      </Loaded>
      </>
      )}
    </Page>
  );
}

function Next({ lesson, me, later, waiting }: { lesson: Lesson; me: Me; later: number; waiting: ReactNode }) {
  const { t } = useTranslation();
  const side = sideOf(me, lesson);
  const name = side === 'tutor' ? lesson.studentName : lesson.tutorName;
  return (
    <>
      <section className="card next-lesson" aria-labelledby="next-title">
        <h2 id="next-title" className="next-lesson-title"><Link to={`/lessons/${lesson.id}`} className="card-link"><bdi>{t('home.nextWith', { name })}</bdi></Link></h2>
        <BothTimes {...lesson} mine={side} tutorZone={lesson.tutorTimeZone} studentZone={lesson.studentTimeZone} />
        <div className="next-lesson-side">
          <Countdown start={lesson.start} end={lesson.end} />
          <JoinButton lesson={lesson} />
        </div>
      </section>
      {waiting}
      <Section title={t('prepare.title')}>
        <ul className="prepare">
          {(['instrument', 'sound', 'picture', 'quiet'] as const).map((item) => (
            <li key={item}>
              <strong>{t(`prepare.${item}`)}</strong>
              <span>{t(`prepare.${item}Text`)}</span>
            </li>
          ))}
          <li>
            <strong><Link to={`/preflight?student=${side === 'student' ? lesson.studentId : ''}&lesson=${lesson.id}`}>{t('prepare.test')}</Link></strong>
            <span>{t('prepare.testText')}</span>
          </li>
        </ul>
      </Section>
      {later > 0 ? <p><Link to="/lessons">{t('home.all')}</Link></p> : null}
    </>
  );
}

/** Nothing booked yet: the one next step of each role. */
function Start({ me }: { me: Me }) {
  const { t } = useTranslation();
  const is = (role: string) => me.roles.some((known) => known === role);
  if (is('guardian') && me.children.length === 0 && !is('student')) {
    return <Empty title={t('home.noLesson')} action={<LinkButton to="/children" kind="primary">{t('children.add')}</LinkButton>}>{t('home.addChild')}</Empty>;
  }
  if (is('student') || is('guardian')) {
    return <Empty title={t('home.noLesson')} action={<LinkButton to="/mentors" kind="primary">{t('lessons.findTutor')}</LinkButton>}>{t('lessons.noneStudent')}</Empty>;
  }
  if (is('tutor')) {
    return (
      <Empty title={t('home.noLesson')} action={<div className="actions"><LinkButton to="/profile">{t('nav.profile')}</LinkButton><LinkButton to="/availability" kind="primary">{t('lessons.setHours')}</LinkButton></div>}>
        {t('lessons.noneTutor')}
      </Empty>
    );
  }
  return <Empty title={t('home.noLesson')} action={is('admin') ? <LinkButton to="/administration" kind="primary">{t('nav.administration')}</LinkButton> : undefined} />;
}
