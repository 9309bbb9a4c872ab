import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Match, MentorRequest, ScorePart } from '../api/types';
import { maybe } from '../i18n/maybe';
import { useLocale } from '../i18n/locale';
import { LinkButton } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page } from '../look/Page';
import { unitText } from '../time/countdown';
import { useMatches, useMentorRequest, useTutor } from './queries';
import { SlotTimes } from './SlotTimes';
import { AllTutors } from './TutorList';
import './mentors.css';

/** Tutors for a request, best first, and why: the score's parts are shown, not only its sum. */
export default function MatchesPage() {
  const { t } = useTranslation();
  const id = useParams().id!;
  const request = useMentorRequest(id);
  const matches = useMatches(id);
  return (
    <Page title={t('matches.title')} lead={request.data ? t('matches.lead', { instrument: t(`instrument.${request.data.instrument}` as 'instrument.violin', { defaultValue: request.data.instrument }) }) : null}
      actions={<LinkButton to="/mentors">{t('matches.again')}</LinkButton>}>
      <Loaded query={matches} lines={6}>
        {({ items }) => items.length === 0 ? (
          <>
            <Empty title={t('matches.none')} action={<LinkButton to="/mentors" kind="primary">{t('matches.again')}</LinkButton>}>{t('matches.noneText')}</Empty>
            {request.data ? <AllTutors studentId={request.data.studentId} /> : null}
          </>
        ) : (
          <ol className="cards">{items.map((match) => <OneMatch key={match.tutorId} match={match} request={request.data} />)}</ol>
        )}
      </Loaded>
    </Page>
  );
}

function OneMatch({ match, request }: { match: Match; request: MentorRequest | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  const tutorZone = useTutor(match.tutorId).data?.timeZone ?? '';
  const search = request ? `student=${request.studentId}&duration=${request.durationMinutes}` : '';
  return (
    <li className="card match">
      <div className="row-card-head">
        <h2><Link className="card-link" to={`/tutors/${match.tutorId}?${search}`}><bdi>{match.displayName}</bdi></Link></h2>
        <span className="score"><span className="score-value">{percent.format(match.score)}</span> <span className="soft">{t('matches.fit')}</span></span>
      </div>
      <dl className="parts">{match.parts.map((part) => <Part key={part.name} part={part} />)}</dl>
      <p className="soft">{t('matches.free', { time: unitText(Math.round(match.freeMinutesPerWeek / 6) / 10, 'hour', locale) })}</p>
      {match.nextSlots.length > 0 ? (
        <>
          <h3 className="minor">{t('matches.next')}</h3>
          <ul className="slots">
            {match.nextSlots.slice(0, 6).map((slot) => (
              <li key={slot.start}>
                <Link className="slot" to={`/tutors/${match.tutorId}?${search}&start=${encodeURIComponent(slot.start)}`}>
                  <SlotTimes own={slot.viewerLocal} other={slot.tutorLocal} otherZone={tutorZone} withDay />
                </Link>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </li>
  );
}

function Part({ part }: { part: ScorePart }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  return (
    <div className="part">
      <dt>{maybe(i18n, t, `part.${part.name}`) ?? part.name}</dt>
      <dd>
        <span className="part-bar" aria-hidden="true"><span style={{ inlineSize: `${Math.round(part.score * 100)}%` }} /></span>
        <span className="part-score">{percent.format(part.score)}</span>
        <span className="soft part-weight">{t('matches.weight', { weight: percent.format(part.weight) })}</span>
      </dd>
    </div>
  );
}
