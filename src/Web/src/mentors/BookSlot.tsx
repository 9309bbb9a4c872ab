import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, etagOf, newKey, told } from '../api/client';
import { Problem } from '../api/problem';
import type { Booking, Slot, Tutor } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { OneOf } from '../look/fields';
import { ProblemNotice } from '../look/ProblemNotice';
import { BothTimes } from '../time/BothTimes';
import { unitText } from '../time/countdown';
import { parseWall, shortDayText, timeText } from '../time/wall';
import { BookWeekly } from './BookWeekly';
import type { Party } from './SlotChooser';

/** The last look at both clocks before a time is asked for. */
export function BookSlot({ slot, tutor, party, duration, moving, others, onChoose, onLeave }: {
  slot: Slot;
  tutor: Tutor;
  party: Party;
  duration: number;
  moving?: Booking;
  others: readonly Slot[];
  onChoose: (start: string) => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [key] = useState(newKey);
  const [weeks, setWeeks] = useState('0');

  // RFC 9557: the offset says which of two is meant when the hour comes twice on the student's clock.
  const wish = { startLocal: `${slot.viewerLocal}[${party.studentZone}]`, timeZone: party.studentZone, durationMinutes: duration };

  const book = useMutation({
    mutationFn: () =>
      moving
        ? told(api.POST('/v1/bookings/{id}/reschedule', {
          params: { path: { id: moving.id }, header: { 'If-Match': etagOf(moving.version), 'Idempotency-Key': key } }, body: wish,
        }))
        : told(api.POST('/v1/bookings', { params: { header: { 'Idempotency-Key': key } }, body: { tutorId: tutor.id, studentId: party.studentId, ...wish } })),
    onSuccess: (booking) => navigate(booking.lessonId ? `/lessons/${booking.lessonId}` : `/bookings/${booking.id}`),
    onSettled: () => {
      for (const stale of ['slots', 'bookings', 'lessons']) void queries.invalidateQueries({ queryKey: [stale] });
    },
  });
  const alternatives = book.error instanceof Problem ? (book.error.details.alternatives ?? []) : [];
  const free = others.filter((other) => alternatives.includes(other.start));

  return (
    <Dialog title={moving ? t('slots.moveAsk') : t('slots.ask')} open onOpenChange={(isOpen) => !isOpen && onLeave()}>
      <BothTimes tutorLocal={slot.tutorLocal} studentLocal={slot.viewerLocal} mine={party.mine} tutorName={tutor.displayName} studentName={party.studentName}
        tutorZone={tutor.timeZone} studentZone={party.studentZone} />
      <p className="soft">{unitText(duration, 'minute', locale)}{moving ? null : <> · {t('slots.askText')}</>}</p>
      {moving ? null : (
        <OneOf label={t('series.how')} value={weeks} onChange={setWeeks}
          choices={[{ id: '0', name: t('series.onceOnly') }, { id: '1', name: t('series.weekly') }, { id: '2', name: t('series.biweekly') }]} />
      )}
      {weeks !== '0' ? <BookWeekly key={weeks} slot={slot} tutor={tutor} party={party} duration={duration} weeks={Number(weeks)} onLeave={onLeave} /> : (
        <>
          <ProblemNotice error={book.error} />
          {free.length > 0 ? (
            <ul className="slots">
              {free.map((other) => {
                const wall = parseWall(party.mine === 'tutor' ? other.tutorLocal : other.viewerLocal);
                return <li key={other.start}><Button onPress={() => onChoose(other.start)}>{shortDayText(wall, locale)} {timeText(wall, locale)}</Button></li>;
              })}
            </ul>
          ) : null}
          <div className="actions end">
            <Button onPress={onLeave}>{t('common.back')}</Button>
            <Button kind="primary" busy={book.isPending} onPress={() => book.mutate()}>{moving ? t('slots.move') : t('slots.request')}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
