import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { learnersOf, useMe } from '../account/me';
import { api, told } from '../api/client';
import type { Me } from '../api/types';
import { Button } from '../look/Button';
import { Chooser } from '../look/fields';
import { Loaded } from '../look/Loaded';
import { Page, Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { atFirst, runPreflight, storeResult, type Finished, type Progress } from './measure/run';
import './preflight.css';
import { Steps } from './Steps';
import { Verdict } from './Verdict';
import type { Answer } from './wire';

/** Before a first lesson: one button, a few seconds, and in plain words what will work here. */
export default function PreflightPage() {
  const { t } = useTranslation('preflight');
  const me = useMe();
  const [search] = useSearchParams();
  const people = peopleOf(me);
  const [who, setWho] = useState(() => {
    const asked = search.get('student');
    return people.find((person) => person.id === asked)?.id ?? people[0]!.id;
  });
  const person = people.find(({ id }) => id === who) ?? people[0]!;
  return (
    <Page title={t('title')} lead={t('lead')} narrow>
      {people.length > 1 ? <Chooser label={t('who')} hint={t('whoHint')} choices={people} value={who} onChange={setWho} /> : null}
      <Test key={who} person={person} lessonId={search.get('lesson')} />
    </Page>
  );
}

interface Tested {
  /** Of a student; empty for a tutor's or guardian's own test. */
  id: string;
  name: string;
  country: string;
}

function peopleOf(me: Me): Tested[] {
  const learners = learnersOf(me).map(({ studentId, displayName }) => ({
    id: studentId,
    name: displayName,
    country: me.children.find((child) => child.studentId === studentId)?.country ?? me.country,
  }));
  return me.tutorId && !me.studentId ? [{ id: '', name: me.displayName, country: me.country }, ...learners]
    : learners.length > 0 ? learners
    : [{ id: '', name: me.displayName, country: me.country }];
}

function Test({ person, lessonId }: { person: Tested; lessonId: string | null }) {
  const { t } = useTranslation('preflight');
  const key = ['preflight', person.id];
  const queries = useQueryClient();
  const known = useQuery({
    queryKey: key,
    queryFn: ({ signal }): Promise<Answer> => person.id
      ? told(api.GET('/v1/students/{studentId}/preflight', { params: { path: { studentId: person.id } }, signal }))
      : told(api.GET('/v1/me/preflight', { signal })),
  });
  const [progress, setProgress] = useState<Progress | null>(null);
  const [finished, setFinished] = useState<Finished | null>(null);
  const run = useMutation({
    mutationFn: async (again: Finished | null) => {
      const done = again ?? (await measure());
      const answer = await storeResult(done);
      setFinished(null);
      return answer;
    },
    onSuccess: (answer) => queries.setQueryData(key, answer),
  });
  const measure = async () => {
    setProgress(atFirst);
    try {
      const done = await runPreflight(person.id || null, (change) => setProgress((now) => change(now ?? atFirst)));
      setFinished(done);
      return done;
    } catch (refused) {
      // Nothing is being checked any more.
      setProgress(null);
      throw refused;
    }
  };
  return (
    <Loaded query={known} lines={8}>
      {(answer) => (
        <>
          <section className="card preflight-card" aria-label={t('test')}>
            <p className="soft">{answer.roomOffered ? t('what') : t('whatDevices')}</p>
            <Button kind="primary" large busy={run.isPending} onPress={() => run.mutate(null)}>
              {run.isPending ? t('running') : answer.latest ? t('again') : t('start')}
            </Button>
            <Steps progress={progress} withRoom={answer.roomOffered} isRunning={run.isPending} isDone={run.isSuccess} />
            <ProblemNotice error={run.error} />
            {run.isError && finished ? <Button onPress={() => run.mutate(finished)}>{t('storeAgain')}</Button> : null}
          </section>
          {answer.latest && !run.isPending ? <Verdict answer={answer} country={person.country} /> : null}
          {!answer.latest && !answer.roomOffered ? <Verdict answer={answer} country={person.country} /> : null}
          <Section title={t('about')}>
            <p className="soft">{t('aboutText')}</p>
            {lessonId ? <p><Link to={`/lessons/${encodeURIComponent(lessonId)}`}>{t('backToLesson')}</Link></p> : null}
          </Section>
        </>
      )}
    </Loaded>
  );
}
