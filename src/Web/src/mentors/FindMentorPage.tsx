import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { learnersOf, useMe } from '../account/me';
import { api, told } from '../api/client';
import type { Level } from '../api/types';
import { weekOf, wireOf, type Week } from '../availability/week';
import { WeekEditor } from '../availability/WeekEditor';
import { spokenLanguages, useLocale } from '../i18n/locale';
import { Button, LinkButton } from '../look/Button';
import { Chips, OneOf, SearchChooser } from '../look/fields';
import { Form } from '../look/Form';
import { Empty } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { instruments, levels } from '../profile/instruments';
import { unitText } from '../time/countdown';
import { zoneCity } from '../time/zones';
import { AllTutors } from './TutorList';
import { usualHours, usualLanguages } from './usual';

export default function FindMentorPage() {
  const { t } = useTranslation();
  const me = useMe();
  const learners = learnersOf(me);
  return (
    <Page title={t('mentors.title')} lead={t('mentors.lead')}>
      {learners.length === 0
        ? <Empty title={t('mentors.nobody')} action={<LinkButton to="/children" kind="primary">{t('children.add')}</LinkButton>}>{t('home.addChild')}</Empty>
        : <RequestForm />}
    </Page>
  );
}

function RequestForm() {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const me = useMe();
  const learners = learnersOf(me);
  const [search] = useSearchParams();
  const [studentId, setStudentId] = useState(() => {
    const asked = search.get('student');
    return learners.find((known) => known.studentId === asked)?.studentId ?? learners[0]!.studentId;
  });
  const [instrument, setInstrument] = useState('violin');
  const [level, setLevel] = useState<Level>('beginner');
  const [languages, setLanguages] = useState(() => usualLanguages(me.locale));
  const [duration, setDuration] = useState('45');
  const learner = learners.find((known) => known.studentId === studentId) ?? learners[0]!;
  const [changedWeek, setWeek] = useState<Week | null>(null);
  const usualWeek = useMemo(() => weekOf(usualHours(learner.child)), [learner.child]);
  const week = changedWeek ?? usualWeek;

  const find = useMutation({
    mutationFn: () => told(api.POST('/v1/mentor-requests', {
      body: { studentId, instrument, level, languages, timeZone: learner.timeZone, wishedHours: wireOf(week), durationMinutes: Number(duration) },
    })),
    onSuccess: ({ id }) => navigate(`/mentors/requests/${id}`),
  });
  return (
    <>
      <Form className="two-columns" error={find.error} onSubmit={() => find.mutate()}>
        <div className="card form">
          {learners.length > 1 ? (
            <OneOf label={t('mentors.forWhom')} choices={learners.map((known) => ({ id: known.studentId, name: known.displayName }))} value={studentId} onChange={setStudentId} />
          ) : null}
          <SearchChooser label={t('mentors.instrument')} name="instrument" required choices={instruments.map((id) => ({ id, name: t(`instrument.${id}`) }))}
            value={instrument} onChange={setInstrument} openLabel={t('common.openList')} />
          <OneOf label={t('mentors.level')} name="level" choices={levels.map((id) => ({ id, name: t(`level.${id}`) }))} value={level} onChange={(id) => setLevel(id as Level)} />
          <Chips label={t('mentors.languages')} name="languages" required choices={spokenLanguages(locale)} value={languages} onChange={setLanguages} />
          <OneOf label={t('mentors.duration')} name="durationMinutes" choices={[30, 45, 60, 90].map((minutes) => ({ id: String(minutes), name: unitText(minutes, 'minute', locale) }))}
            value={duration} onChange={setDuration} />
        </div>
        <div className="card form">
          <h2>{t('mentors.when')}</h2>
          <p className="soft">{t('mentors.whenLead', { place: zoneCity(learner.timeZone, t) })}</p>
          <WeekEditor week={week} onChange={setWeek} label={t('mentors.when')} />
        </div>
        <div className="form-end wide">
          <ProblemNotice error={find.error} />
          <Button kind="primary" large type="submit" busy={find.isPending} isDisabled={week.length === 0}>{t('mentors.find')}</Button>
        </div>
      </Form>
      <AllTutors studentId={studentId} />
    </>
  );
}
