import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Booking, Slot, Tutor } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { serverNow } from '../time/clock';
import { addDays, byDay, dateText, dayText } from '../time/wall';
import { BookSlot } from './BookSlot';
import './mentors.css';
import { useSlots } from './queries';
import { SlotTimes } from './SlotTimes';

/** The student's side of a booking and whose eyes look at it. */
export interface Party {
  studentId: string;
  studentName: string;
  studentZone: string;
  mine: 'tutor' | 'student';
}

const span = 14;

export function SlotChooser({ tutor, party, duration, moving }: { tutor: Tutor; party: Party; duration: number; moving?: Booking }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [search] = useSearchParams();
  const wanted = search.get('start');
  // A day early, because "today" begins at another moment for the viewer; the server drops what has passed.
  const [today] = useState(() => addDays(new Date(serverNow()).toISOString().slice(0, 10), -1));
  const [from, setFrom] = useState(() => (wanted !== null && wanted.slice(0, 10) > addDays(today, span) ? addDays(wanted.slice(0, 10), -1) : today));
  const [chosen, setChosen] = useState<string | null>(wanted);
  const until = addDays(from, span - 1);
  const slots = useSlots(tutor.id, { fromDate: from, toDate: until, viewerZone: party.studentZone, durationMinutes: duration,
    // The student's own agenda is known only to the student's side.
    ...(party.mine === 'student' ? { studentId: party.studentId } : {}),
  });
  const own = (slot: Slot) => (party.mine === 'tutor' ? slot.tutorLocal : slot.viewerLocal);
  const other = (slot: Slot) => (party.mine === 'tutor' ? slot.viewerLocal : slot.tutorLocal);
  const slot = slots.data?.slots.find((known) => known.start === chosen);
  return (
    <div className="slot-chooser">
      <div className="slot-pages">
        <Button onPress={() => setFrom(addDays(from, -span))} isDisabled={from <= today}>{t('slots.earlier')}</Button>
        <p className="soft" aria-live="polite">{dateText(from === today ? addDays(today, 1) : from, locale)} – {dateText(until, locale)}</p>
        <Button onPress={() => setFrom(addDays(from, span))}>{t('slots.later')}</Button>
      </div>
      <Loaded query={slots} lines={6}>
        {(data) => data.slots.length === 0 ? (
          <Empty title={t('slots.none')} action={<Button kind="primary" onPress={() => setFrom(addDays(from, span))}>{t('slots.later')}</Button>}>{t('slots.noneText')}</Empty>
        ) : (
          <div aria-busy={slots.isPlaceholderData}>
            {byDay(data.slots, own).map((day) => (
              <section key={day.date} className="slot-day">
                <h3>{dayText(day.wall, locale)}</h3>
                <ul className="slots">
                  {day.items.map((item) => (
                    <li key={item.start}>
                      <AriaButton className="slot" onPress={() => setChosen(item.start)}>
                        <SlotTimes own={own(item)} other={other(item)} otherZone={party.mine === 'tutor' ? party.studentZone : tutor.timeZone} />
                      </AriaButton>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </div>
        )}
      </Loaded>
      {slot ? (
        <BookSlot key={slot.start} slot={slot} tutor={tutor} party={party} duration={duration} {...(moving ? { moving } : {})}
          others={slots.data!.slots} onChoose={setChosen} onLeave={() => setChosen(null)} />
      ) : null}
    </div>
  );
}
