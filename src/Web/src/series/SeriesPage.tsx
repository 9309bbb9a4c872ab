import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Series, SeriesLesson } from '../api/types';
import { maybe } from '../i18n/maybe';
import { Loaded } from '../look/Loaded';
import { Page, Section } from '../look/Page';
import { BothTimes } from '../time/BothTimes';
import { ClockChanges } from './ClockChanges';
import { useSeries } from './queries';
import { SeriesActions } from './SeriesActions';
import { SeriesCard } from './SeriesCard';
import './series.css';

/** A weekly lesson whole: what holds for all, when clocks change it, and each of its lessons on both clocks. */
export default function SeriesPage() {
  const { t } = useTranslation();
  const series = useSeries(useParams().id!);
  return (
    <Page title={t('series.title')}>
      <Loaded query={series} lines={8}>{(data) => <Whole series={data} />}</Loaded>
    </Page>
  );
}

function Whole({ series }: { series: Series }) {
  const { t } = useTranslation();
  const side = sideOf(useMe(), series);
  const lessons = series.lessons ?? [];
  return (
    <>
      <ul className="cards"><SeriesCard series={series} heading="h2" /></ul>
      {series.state === 'confirmed' ? <SeriesActions series={series} side={side} /> : null}
      <Section title={t('series.clocks')}>
        <p className="soft">{t('series.keeps', { name: series.anchor === 'tutor' ? series.tutorName : series.studentName })}</p>
        <ClockChanges lessons={lessons} notes={series.notes ?? []} anchor={series.anchor} tutorName={series.tutorName} studentName={series.studentName} />
      </Section>
      <Section title={t('lessons.title')}>
        <ol className="cards">{lessons.map((lesson) => <One key={lesson.index} lesson={lesson} series={series} side={side} />)}</ol>
      </Section>
    </>
  );
}

function One({ lesson, series, side }: { lesson: SeriesLesson; series: Series; side: 'tutor' | 'student' }) {
  const { t, i18n } = useTranslation();
  const to = lesson.lessonId ? `/lessons/${lesson.lessonId}` : lesson.bookingId ? `/bookings/${lesson.bookingId}` : null;
  const state = lesson.state ? maybe(i18n, t, `bookingState.${lesson.state}`) : maybe(i18n, t, `problem.${lesson.clash}`);
  const name = t('series.number', { number: lesson.index + 1 });
  return (
    <li className="card row-card">
      <div className="row-card-head">
        <h3>{to ? <Link to={to} className="card-link">{name}</Link> : name}</h3>
        <span className={`badge ${lesson.state ?? 'warn'}`}>{state}</span>
      </div>
      <BothTimes {...lesson} mine={side} tutorName={series.tutorName} studentName={series.studentName} tutorZone={series.tutorTimeZone} studentZone={series.studentTimeZone} compact />
    </li>
  );
}
