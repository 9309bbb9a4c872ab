import { parseTime } from '@internationalized/date';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { TimeBox } from '../look/fields';
import { unitText } from '../time/countdown';
import { weekdayText } from '../time/wall';
import './availability.css';
import {
  addWindow, changeWindow, clockOf, copyDay, dayWindows, endsNextDay, lengthOf, minutesPerWeek, overlapping, piecesOf, removeWindow, type EditedWindow, type Week,
} from './week';

const days = [1, 2, 3, 4, 5, 6, 7];

export function WeekEditor({ week, onChange, label }: { week: Week; onChange: (week: Week) => void; label: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const clashing = overlapping(week);
  const hours = minutesPerWeek(week) / 60;
  return (
    <div role="group" aria-label={label} className="week">
      <WeekPicture week={week} />
      {days.map((day) => {
        const windows = dayWindows(week, day);
        return (
          <div key={day} role="group" aria-label={weekdayText(day, locale)} className="week-day">
            <div className="week-day-head">
              <span className="week-day-name">{weekdayText(day, locale)}</span>
              {windows.length === 0 ? <span className="soft">{t('availability.closed')}</span> : null}
            </div>
            <div className="week-day-windows">
              {windows.map((window) => (
                <WindowRow key={window.key} window={window} day={weekdayText(day, locale)} clashes={clashing.has(window.key)}
                  onChange={(change) => onChange(changeWindow(week, window.key, change))} onRemove={() => onChange(removeWindow(week, window.key))} />
              ))}
              <div className="actions tight">
                <Button kind="plain" onPress={() => onChange(addWindow(week, day))}>
                  <Plus /> {t('availability.add')}<span className="unseen"> {weekdayText(day, locale)}</span>
                </Button>
                {windows.length > 0 ? (
                  <Button kind="plain" onPress={() => onChange(copyDay(week, day, [1, 2, 3, 4, 5]))}>
                    {t('availability.copy')}<span className="unseen"> {weekdayText(day, locale)}</span>
                  </Button>
                ) : null}
              </div>
            </div>
          </div>
        );
      })}
      <p className="soft" role="status">{t('availability.sum', { hours: unitText(Math.round(hours * 10) / 10, 'hour', locale) })}</p>
    </div>
  );
}

export function WindowRow({ window, day, clashes = false, onChange, onRemove }: {
  window: EditedWindow;
  day: string;
  clashes?: boolean;
  onChange: (change: Partial<EditedWindow>) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const time = (clock: string) => parseTime(clock === '24:00' ? '00:00' : clock);
  return (
    <div className="window">
      <TimeBox label={t('availability.fromOn', { day })} value={time(window.start)} onChange={(value) => onChange({ start: clockOf(value.hour * 60 + value.minute) })} />
      <span aria-hidden="true" className="soft">–</span>
      <TimeBox label={t('availability.toOn', { day })} value={time(window.end)} onChange={(value) => onChange({ end: clockOf(value.hour * 60 + value.minute) })} />
      <Button kind="plain" className="remove" aria-label={t('availability.removeOn', { day })} onPress={onRemove}>
        <svg className="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="m5.5 5.5 9 9m0-9-9 9" /></svg>
      </Button>
      <span className="window-note">
        {endsNextDay(window) ? t('availability.overnight', { length: lengthText(lengthOf(window), locale) }) : lengthText(lengthOf(window), locale)}
        {clashes ? ` · ${t('availability.joined')}` : ''}
      </span>
    </div>
  );
}

function lengthText(minutes: number, locale: string): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? unitText(hours, 'hour', locale, 'short') : '', rest > 0 ? unitText(rest, 'minute', locale, 'short') : ''].filter(Boolean).join(' ');
}

export function Plus() {
  return <svg className="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M10 4.5v11M4.5 10h11" /></svg>;
}

/** The week at a glance; everything it shows is also in the rows below. */
function WeekPicture({ week }: { week: Week }) {
  const locale = useLocale();
  return (
    <div className="week-picture" aria-hidden="true">
      {days.map((day) => (
        <Fragment key={day}>
          <span className="week-picture-name">{weekdayText(day, locale, 'short')}</span>
          <span className="week-picture-day">
            {piecesOf(week).filter((piece) => piece.day === day).map((piece, index) => (
              <span key={index} className="week-picture-piece" style={{ insetInlineStart: `${(piece.from / 1440) * 100}%`, inlineSize: `${((piece.to - piece.from) / 1440) * 100}%` }} />
            ))}
          </span>
        </Fragment>
      ))}
    </div>
  );
}
