import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lesson } from '../api/types';
import { Button, LinkButton } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { minutes } from './clock';
import { Download } from './Download';
import { Outline } from './Outline';
import { useDeleteRecording, useRecordings, type Recording } from './queries';
import './review.css';

/** What was recorded in Muse's own room, to be seen again; nothing while there is none. */
export function RecordingsOfLesson({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const recordings = useRecordings(lesson.id, lesson.state === 'started' || lesson.state === 'ended');
  const ours = recordings.data?.items.filter((one) => one.kind === 'room' && (one.state !== 'shelved' || one.tracks.length > 0)) ?? [];
  if (ours.length === 0) return null;
  return (
    <Section title={t('review.recordings')} lead={t('review.lead')}>
      <ul className="review-list">
        {ours.map((one) => <One key={one.id} recording={one} lesson={lesson.id} mayDelete={recordings.data!.mayDelete} />)}
      </ul>
    </Section>
  );
}

function One({ recording, lesson, mayDelete }: { recording: Recording; lesson: string; mayDelete: boolean }) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useDeleteRecording(lesson);
  const length = recording.to ? (Date.parse(recording.to) - Date.parse(recording.from)) / 1000 : 0;
  const isReady = recording.state === 'shelved';
  return (
    <li className="card">
      <p>{isReady ? t('review.length', { length: minutes(length) }) : t(`review.state.${recording.state === 'recording' || recording.state === 'paused' ? recording.state : 'stopped'}`)}</p>
      {isReady ? <Outline peaks={recording.outline} /> : null}
      {isReady ? (
        <div className="actions">
          <LinkButton to={`/lessons/${lesson}/recordings/${recording.id}`} kind="primary">{t('review.watch')}</LinkButton>
          <Download lesson={lesson} recording={recording.id} />
          {mayDelete ? <Button kind="danger" onPress={() => setAsked(true)}>{t('review.delete')}</Button> : null}
        </div>
      ) : null}
      <Dialog title={t('review.deleteTitle')} open={isAsked} onOpenChange={setAsked}>
        <p>{t('review.deleteText')}</p>
        <ProblemNotice error={remove.error} />
        <div className="actions">
          <Button kind="danger" busy={remove.isPending} onPress={() => remove.mutate(recording.id, { onSuccess: () => setAsked(false) })}>{t('review.delete')}</Button>
          <Button onPress={() => setAsked(false)}>{t('review.keep')}</Button>
        </div>
      </Dialog>
    </li>
  );
}
