import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { sideOf, useMe } from '../account/me';
import { Problem } from '../api/problem';
import type { Lesson } from '../api/types';
import { missingOf } from '../consents/said';
import { momentText } from '../guests/moment';
import { useLocale } from '../i18n/locale';
import { maybe } from '../i18n/maybe';
import { Button, LinkButton } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { Notice } from '../look/Notice';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { began } from './began';
import { minutes } from './clock';
import { Download } from './Download';
import { isEmpty, isInterrupted, kindOf, lengthOf, partOf } from './files';
import { Outline } from './Outline';
import { ProvidersFile } from './ProvidersFile';
import { useDeleteRecordings, useRecordings, type Recording } from './queries';
import './review.css';

/** What was recorded, in Muse's own room to be seen again, or by a provider; nothing while there is none. */
export function RecordingsOfLesson({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const recordings = useRecordings(lesson.id, lesson.state === 'started' || lesson.state === 'ended');
  if (recordings.error instanceof Problem && recordings.error.code === 'recording_withdrawn') return <Withdrawn lesson={lesson} problem={recordings.error} />;
  const shown = recordings.data?.items.filter((one) => !isEmpty(one)) ?? [];
  if (shown.length === 0) return null;
  return (
    <Section title={t('review.recordings')} lead={t('review.lead')}>
      <ul className="review-list">
        {shown.map((one) => <One key={one.id} recording={one} all={shown} lesson={lesson} mayDelete={recordings.data!.mayDelete} />)}
      </ul>
    </Section>
  );
}

/** To whoever may delete them now, or may ask for it to be agreed to again. */
function Withdrawn({ lesson, problem }: { lesson: Lesson; problem: Problem }) {
  const { t } = useTranslation();
  const way = missingOf(lesson, useMe()).find((one) => one.way !== null)?.way;
  const locale = useLocale();
  const { recordings, deletedAt } = problem.details as { recordings?: string[]; deletedAt?: string };
  if (!recordings?.length || !deletedAt) return null;
  return (
    <Section title={t('review.recordings')}>
      <Notice kind="info">
        <p>{t('review.withdrawn', { time: momentText(deletedAt, locale) })}</p>
        {way ? <p><Link to={way}>{way === '/settings' ? t('consent.lesson.own') : t('consent.lesson.child')}</Link></p> : null}
        <Delete lesson={lesson.id} recordings={recordings} />
      </Notice>
    </Section>
  );
}

function One({ recording, all, lesson, mayDelete }: { recording: Recording; all: readonly Recording[]; lesson: Lesson; mayDelete: boolean }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const side = sideOf(useMe(), lesson);
  const length = lengthOf(recording);
  const isReady = recording.state === 'shelved';
  const isOurs = recording.kind === 'room';
  const { time, place } = began(lesson, side === 'tutor' ? lesson.tutorLocal : lesson.studentLocal, recording.from, locale);
  const part = partOf(all, recording.id);
  const state = recording.state === 'recording' || recording.state === 'paused' || recording.state === 'fetch_failed' ? recording.state : isOurs ? 'stopped' : 'found';
  return (
    <li className="card review-card">
      <p>
        <strong>{place === null ? t('review.beganBefore', { time }) : t('review.began', { time, place: `\u2066${place}\u2069` })}</strong>
        {part ? <> · {t('review.part', { part: part.part, parts: part.parts })}</> : null}
        {isOurs ? null : <> · {t(`provider.${recording.provider}`, { defaultValue: recording.provider })} · <bdi>{kindOf(recording.kind, t, i18n)}</bdi></>}
      </p>
      <p>{isReady ? t('review.length', { length: minutes(length) }) : t(`review.state.${state}`)}</p>
      {isInterrupted(recording) ? <p className="soft">{maybe(i18n, t, `timeline.recordingWhy.${recording.because}`)}</p> : null}
      {isReady && isOurs ? <Outline peaks={recording.outline} /> : null}
      {isReady && isOurs ? (
        <div className="actions">
          <LinkButton to={`/lessons/${lesson.id}/recordings/${recording.id}`} kind="primary">{t('review.watch')}</LinkButton>
          <Download lesson={lesson.id} recording={recording.id} />
          {mayDelete ? <Delete lesson={lesson.id} recordings={[recording.id]} /> : null}
        </div>
      ) : null}
      {isOurs ? null : (
        <ProvidersFile lesson={lesson.id} recording={recording}>{mayDelete ? <Delete lesson={lesson.id} recordings={[recording.id]} /> : null}</ProvidersFile>
      )}
    </li>
  );
}

function Delete({ lesson, recordings }: { lesson: string; recordings: readonly string[] }): ReactNode {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useDeleteRecordings(lesson);
  return (
    <>
      <Button kind="danger" onPress={() => setAsked(true)}>{t('review.delete')}</Button>
      <Dialog title={t('review.deleteTitle')} open={isAsked} onOpenChange={setAsked}>
        <p>{t('review.deleteText')}</p>
        <ProblemNotice error={remove.error} />
        <div className="actions">
          <Button kind="danger" busy={remove.isPending} onPress={() => remove.mutate(recordings, { onSuccess: () => setAsked(false) })}>{t('review.delete')}</Button>
          <Button onPress={() => setAsked(false)}>{t('review.keep')}</Button>
        </div>
      </Dialog>
    </>
  );
}
