import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { SeriesOutlook, Slot, Tutor, WantedSeries } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { NumberBox, OneOf } from '../look/fields';
import { Loaded } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { ClockChanges } from '../series/ClockChanges';
import { useOutlook, useRequestSeries } from '../series/queries';
import '../series/series.css';
import { dateText, parseWall } from '../time/wall';
import type { Party } from './SlotChooser';

const most = 52;

/** The same hour every week: how many, whose clock it keeps, what clock changes do to it, and which dates cannot be had. */
export function BookWeekly({ slot, tutor, party, duration, weeks, onLeave }: {
  slot: Slot;
  tutor: Tutor;
  party: Party;
  duration: number;
  weeks: number;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [count, setCount] = useState(10);
  const [anchor, setAnchor] = useState<'tutor' | 'student'>('tutor');
  const request = useRequestSeries();
  const wanted: WantedSeries = {
    tutorId: tutor.id, studentId: party.studentId, startLocal: `${slot.viewerLocal}[${party.studentZone}]`, timeZone: party.studentZone, durationMinutes: duration,
    count, intervalWeeks: weeks, anchor, onClash: 'skip',
  };
  const outlook = useOutlook(wanted);
  return (
    <>
      <NumberBox label={t('series.count')} value={count} onChange={setCount} min={2} max={Math.floor(most / weeks)} />
      <OneOf label={t('series.whose')} choices={[{ id: 'tutor', name: tutor.displayName }, { id: 'student', name: party.studentName }]} value={anchor}
        onChange={(id) => setAnchor(id === 'student' ? 'student' : 'tutor')} />
      <Loaded query={outlook} lines={3}>
        {(data) => {
          const free = data.lessons.filter((lesson) => !lesson.clash).length;
          return (
            <>
              <ClockChanges lessons={data.lessons} notes={data.notes} anchor={anchor} tutorName={tutor.displayName} studentName={party.studentName} />
              <Clashes outlook={data} mine={party.mine} />
              <ProblemNotice error={request.error} />
              <div className="actions end">
                <Button onPress={onLeave}>{t('common.back')}</Button>
                <Button kind="primary" busy={request.isPending} isDisabled={free < 2}
                  onPress={() => request.mutate(wanted, { onSuccess: (series) => void navigate(`/series/${series.id}`) })}>{t('series.request', { number: free })}</Button>
              </div>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Clashes({ outlook, mine }: { outlook: SeriesOutlook; mine: Party['mine'] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const clashing = outlook.lessons.filter((lesson) => lesson.clash);
  if (clashing.length === 0) return null;
  const dates = clashing.map((lesson) => dateText(parseWall(mine === 'tutor' ? lesson.tutorLocal : lesson.studentLocal).date, locale));
  return <Notice kind="warn"><p>{t('series.clash', { number: clashing.length })} {t('series.without')}</p><p className="soft">{new Intl.ListFormat(locale).format(dates)}</p></Notice>;
}
