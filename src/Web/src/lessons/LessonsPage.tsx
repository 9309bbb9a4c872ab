import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Lesson } from '../api/types';
import { LinkButton } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { BothTimes } from '../time/BothTimes';
import { serverNow } from '../time/clock';
import './lessons.css';
import { SeriesCard } from '../series/SeriesCard';
import { useSeriesList } from '../series/queries';
import { isOver, useComingLessons, usePastLessons } from './queries';
import { Waiting } from './Waiting';

export function LessonsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const weekly = useSeriesList('confirmed');
  const coming = useComingLessons();
  const past = usePastLessons();
  const learns = me.roles.some((role) => role === 'student' || role === 'guardian');
  return (
    <Page title={t('lessons.title')} actions={learns ? <LinkButton to="/mentors" kind="primary">{t('lessons.book')}</LinkButton> : null}>
      <Waiting />
      <Tabs className="tabs">
        <TabList aria-label={t('lessons.title')} className="tab-list">
          <Tab id="coming" className="tab">{t('lessons.coming')}</Tab>
          <Tab id="past" className="tab">{t('lessons.past')}</Tab>
        </TabList>
        <TabPanel id="coming" className="tab-panel">
          <h2 className="for-readers">{t('lessons.coming')}</h2>
          <Loaded query={coming}>
            {({ items }) => <Lessons lessons={items.filter((lesson) => !isOver(lesson, serverNow()))} empty={<NoLessons learns={learns} />} />}
          </Loaded>
        </TabPanel>
        <TabPanel id="past" className="tab-panel">
          <h2 className="for-readers">{t('lessons.past')}</h2>
          <Loaded query={past}>
            {({ items }) => <Lessons lessons={items.filter((lesson) => isOver(lesson, serverNow())).reverse()} empty={<Empty title={t('lessons.noPast')} />} />}
          </Loaded>
        </TabPanel>
      </Tabs>
      {weekly.data && weekly.data.items.length > 0 ? (
        <Section title={t('series.waiting')}>
          <ul className="cards">{weekly.data.items.map((series) => <SeriesCard key={series.id} series={series} />)}</ul>
        </Section>
      ) : null}
    </Page>
  );
}

export function NoLessons({ learns }: { learns: boolean }) {
  const { t } = useTranslation();
  return learns ? (
    <Empty title={t('lessons.none')} action={<LinkButton to="/mentors" kind="primary">{t('lessons.findTutor')}</LinkButton>}>{t('lessons.noneStudent')}</Empty>
  ) : (
    <Empty title={t('lessons.none')} action={<LinkButton to="/availability" kind="primary">{t('lessons.setHours')}</LinkButton>}>{t('lessons.noneTutor')}</Empty>
  );
}

function Lessons({ lessons, empty }: { lessons: Lesson[]; empty: React.ReactNode }) {
  const { t } = useTranslation();
  const me = useMe();
  if (lessons.length === 0) return empty;
  return (
    <ul className="cards">
      {lessons.map((lesson) => {
        const side = sideOf(me, lesson);
        return (
          <li key={lesson.id} className="card row-card">
            <div className="row-card-head">
              <h3><Link to={`/lessons/${lesson.id}`} className="card-link"><bdi>{side === 'tutor' ? lesson.studentName : lesson.tutorName}</bdi></Link></h3>
              <span className={`badge ${lesson.state}`}>{t(`lessonState.${lesson.state}`)}</span>
              {lesson.meeting.state === 'no_provider_allowed' && lesson.state === 'scheduled' ? <span className="badge warn">{t('lesson.noProvider')}</span> : null}
            </div>
            <BothTimes {...lesson} mine={side} tutorZone={lesson.tutorTimeZone} studentZone={lesson.studentTimeZone} compact />
          </li>
        );
      })}
    </ul>
  );
}
