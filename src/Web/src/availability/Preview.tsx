import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ZoneChooser } from '../account/PersonFields';
import { api, told } from '../api/client';
import type { Availability, SlotPreview, Slots } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Loaded } from '../look/Loaded';
import { serverNow } from '../time/clock';
import { addDays, byDay, dayText, daysApart, parseWall, shortDayText, timeText } from '../time/wall';
import { zoneCity } from '../time/zones';

/** What a student elsewhere would see of these hours, before they are saved; the server works it out. */
export function Preview({ availability, zone, onZone }: { availability: Availability; zone: string; onZone: (zone: string) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [from] = useState(() => addDays(new Date(serverNow()).toISOString().slice(0, 10), 1));
  const wish: SlotPreview = {
    tutorZone: availability.timeZone,
    viewerZone: zone,
    weekly: availability.weekly,
    fromDate: from,
    toDate: addDays(from, 6),
    durationMinutes: Math.min(...availability.durationsMinutes, 60),
    stepMinutes: availability.stepMinutes ?? Math.min(...availability.durationsMinutes, 60),
    overrides: availability.overrides,
    travel: availability.travel,
    bufferBeforeMinutes: availability.bufferBeforeMinutes,
    bufferAfterMinutes: availability.bufferAfterMinutes,
  };
  const settled = useSettled(JSON.stringify(wish), 350);
  const preview = useQuery<Slots>({
    queryKey: ['preview', settled],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => told(api.POST('/v1/scheduling/slots', { body: JSON.parse(settled) as SlotPreview, signal })),
  });
  return (
    <div className="preview">
      <ZoneChooser label={t('availability.previewZone')} name="previewZone" value={zone} onChange={onZone} />
      <Loaded query={preview} lines={6}>
        {({ slots }) => slots.length === 0 ? <p className="soft">{t('availability.previewNone')}</p> : (
          <div className="preview-days" aria-live="polite" aria-busy={preview.isFetching}>
            {byDay(slots, (slot) => slot.viewerLocal).map((day) => (
              <section key={day.date} className="preview-day">
                <h3>{dayText(day.wall, locale)}</h3>
                <ul>
                  {day.items.map((slot) => {
                    const viewer = parseWall(slot.viewerLocal);
                    const tutor = parseWall(slot.tutorLocal);
                    return (
                      <li key={slot.start}>
                        <span>{timeText(viewer, locale)}</span>
                        <span className={daysApart(viewer, tutor) === 0 ? 'soft' : 'soft other-day'}>
                          {daysApart(viewer, tutor) === 0 ? null : `${shortDayText(tutor, locale)} `}{timeText(tutor, locale)} {zoneCity(availability.timeZone, t)}
                        </span>
                      </li>
                    );
                  })}
                </ul>
              </section>
            ))}
          </div>
        )}
      </Loaded>
    </div>
  );
}

/** The value once it has not changed for a while: typing asks the server once. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
