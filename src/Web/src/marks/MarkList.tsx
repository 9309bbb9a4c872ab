import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { maybe } from '../i18n/maybe';
import { Button } from '../look/Button';
import { TextBox, Tick } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';
import { timeOf } from './place';
import { longestNote, useChangeMark, useRemoveMark, type Mark } from './queries';
import './marks.css';

/** A mark, and the seconds at which it is shown. */
export interface Shown {
  mark: Mark;
  at: number;
}

/** Marks with their notes, to be gone to, changed and removed. */
export function MarkList({ lesson, marks, onGo }: { lesson: string; marks: readonly Shown[]; onGo?: (at: number) => void }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState<string | null>(null);
  const remove = useRemoveMark(lesson);
  return (
    <>
      <ProblemNotice error={remove.error} />
      <ul className="marks" aria-label={t('marks.title')}>
        {marks.map(({ mark, at }) => (
          <li key={mark.id}>
            {onGo ? (
              <button type="button" className="marks-go" onClick={() => onGo(at)}><What mark={mark} at={at} /></button>
            ) : <div className="marks-go"><What mark={mark} at={at} /></div>}
            {mark.mayChange && changing !== mark.id ? (
              <span className="marks-acts">
                <Button kind="plain" aria-label={`${mark.note ? t('marks.change') : t('marks.write')}: ${timeOf(at)}`} onPress={() => setChanging(mark.id)}>
                  {mark.note ? t('marks.change') : t('marks.write')}
                </Button>
                <Button kind="plain" aria-label={`${t('marks.remove')}: ${timeOf(at)}`} busy={remove.isPending} onPress={() => remove.mutate(mark)}>{t('marks.remove')}</Button>
              </span>
            ) : null}
            {changing === mark.id ? <ChangeMark lesson={lesson} mark={mark} onDone={() => setChanging(null)} /> : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function What({ mark, at }: { mark: Mark; at: number }) {
  const { t, i18n } = useTranslation();
  const role = maybe(i18n, t, `timeline.role.${mark.part}`);
  return (
    <>
      <span className="marks-time" dir="ltr">{timeOf(at)}</span>
      <span className="marks-what">
        {mark.note ? <span className="marks-note" dir="auto">{mark.note}</span> : null}
        <span className="soft">
          <bdi>{mark.name || role}</bdi>{mark.name && role ? ` · ${role}` : ''}{mark.part !== 'tutor' && mark.shared ? ` · ${t('marks.isShared')}` : ''}
        </span>
      </span>
    </>
  );
}

function ChangeMark({ lesson, mark, onDone }: { lesson: string; mark: Mark; onDone: () => void }) {
  const { t } = useTranslation();
  const [note, setNote] = useState(mark.note ?? '');
  const [shared, setShared] = useState(mark.shared);
  const change = useChangeMark(lesson);
  return (
    <Form className="form marks-form" error={change.error}
      onSubmit={() => change.mutate({ mark, to: { note: note.trim() === '' ? null : note, shared } }, { onSuccess: onDone })}>
      <TextBox label={t('marks.note')} name="note" value={note} onChange={setNote} maxLength={longestNote} lines={2} />
      {mark.part === 'tutor' ? null : <Tick label={t('marks.share')} value={shared} onChange={setShared} />}
      <ProblemNotice error={change.error} />
      <div className="actions">
        <Button kind="primary" type="submit" busy={change.isPending}>{t('common.save')}</Button>
        <Button onPress={onDone}>{t('common.back')}</Button>
      </div>
    </Form>
  );
}
