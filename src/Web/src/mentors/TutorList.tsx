import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Tutor } from '../api/types';
import { Section } from '../look/Page';
import { zoneCity } from '../time/zones';
import { useOpenTutors } from './queries';
import { TutorFacts } from './TutorFacts';

function TutorList({ tutors, studentId }: { tutors: Tutor[]; studentId: string }) {
  const { t } = useTranslation();
  return (
    <ul className="cards grid">
      {tutors.map((tutor) => (
        <li key={tutor.id} className="card row-card">
          <div className="row-card-head">
            <h3><Link className="card-link" to={`/tutors/${tutor.id}?student=${studentId}`}><bdi>{tutor.displayName}</bdi></Link></h3>
            <span className="soft"><bdi>{zoneCity(tutor.timeZone, t)}</bdi></span>
          </div>
          <TutorFacts tutor={tutor} />
          {tutor.introduction ? <p className="clamp" dir="auto">{tutor.introduction}</p> : null}
        </li>
      ))}
    </ul>
  );
}

/** For who would rather browse. */
export function AllTutors({ studentId }: { studentId: string }) {
  const { t } = useTranslation();
  const tutors = useOpenTutors();
  if (!tutors.data || tutors.data.items.length === 0) return null;
  return <Section title={t('mentors.all')} lead={t('mentors.allLead')}><TutorList tutors={tutors.data.items} studentId={studentId} /></Section>;
}
