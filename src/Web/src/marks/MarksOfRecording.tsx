import { memo, useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { minutes } from '../review/clock';
import { useKeys } from '../review/keys';
import { placeIn, type Window } from '../review/zoom';
import { MarkList, type Shown } from './MarkList';
import { placeAt, secondsIn } from './place';
import { useMakeMark, useMarks } from './queries';
import './marks.css';

interface Recording {
  /** ms since the lesson's planned start. */
  place: number;
  /** ms */
  length: number;
}

/** The lesson's marks as they stand in one recording of it. */
function useShown(lesson: string, recording: Recording): Shown[] {
  const marks = useMarks(lesson);
  return useMemo(
    () => (marks.data?.items ?? []).flatMap((mark) => {
      const at = secondsIn(recording, mark);
      return at === null ? [] : [{ mark, at }];
    }),
    [marks.data, recording.place, recording.length],
  );
}

/** On the line of time: to be seen; the list is what is pressed. */
export const MarksOnLine = memo(function MarksOnLine({ lesson, recording, window }: {
  lesson: string;
  recording: Recording;
  /** The part of it that is seen; all of it on the slider. */
  window?: Window;
}) {
  const shown = useShown(lesson, recording);
  return (
    <span className={window ? 'marks-on-waves' : 'marks-on-line'} aria-hidden="true">
      {shown.map(({ mark, at }) => ({ mark, place: placeIn(window ?? { from: 0, span: recording.length / 1000 }, at) })).filter(({ place }) => place >= 0 && place <= 1)
        .map(({ mark, place }) => <span key={mark.id} data-part={mark.part} style={{ insetInlineStart: `${place * 100}%` }} />)}
    </span>
  );
});

/** Beneath the player: each mark goes to its place, and the place that is played can be marked. */
export const MarksOfRecording = memo(function MarksOfRecording({ lesson, recording, here, onGo }: {
  lesson: string;
  recording: Recording;
  /** Seconds at which the player stands. */
  here: () => number;
  onGo: (at: number) => void;
}) {
  const { t } = useTranslation();
  const shown = useShown(lesson, recording);
  const make = useMakeMark(lesson);
  const { mutate } = make;
  const mark = useCallback(() => mutate(placeAt(recording, here())), [mutate, recording.place, here]);
  useKeys(useMemo(() => ({ m: mark }), [mark]));
  const made = make.data ? secondsIn(recording, make.data) : null;
  return (
    <Section title={t('marks.title')} lead={t('marks.lead')} actions={<Button busy={make.isPending} aria-keyshortcuts="m" onPress={mark}>{t('marks.here')}</Button>}>
      <p className="marks-said" role="status">{made === null ? '' : t('marks.made', { time: minutes(made) })}</p>
      <ProblemNotice error={make.error} />
      {shown.length === 0 ? <p>{t('marks.none')}</p> : <MarkList lesson={lesson} marks={shown} onGo={onGo} />}
    </Section>
  );
});
