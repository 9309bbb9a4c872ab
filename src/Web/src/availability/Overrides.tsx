import { CalendarDate, parseDate } from '@internationalized/date';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { DateBox } from '../look/fields';
import { dateText } from '../time/wall';
import { Plus, WindowRow } from './WeekEditor';
import { addWindow, changeWindow, editedOverride, removeWindow, type EditedOverride } from './week';

/** Single days that differ from the week: closed, or open at other hours. */
export function Overrides({ overrides, onChange }: { overrides: readonly EditedOverride[]; onChange: (overrides: EditedOverride[]) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [date, setDate] = useState<CalendarDate | null>(null);
  const taken = date !== null && overrides.some((override) => override.date === date.toString());
  const add = () => {
    if (date === null || taken) return;
    onChange([...overrides, editedOverride({ date: date.toString(), windows: [] })].sort((a, b) => a.date.localeCompare(b.date)));
    setDate(null);
  };
  const change = (changed: EditedOverride) => onChange(overrides.map((override) => (override.key === changed.key ? changed : override)));
  return (
    <div className="overrides">
      {overrides.map((override) => {
        const day = dateText(parseDate(override.date).toString(), locale);
        return (
          <div key={override.key} role="group" aria-label={day} className="week-day">
            <div className="week-day-head">
              <span className="week-day-name">{day}</span>
              {override.windows.length === 0 ? <span className="soft">{t('availability.closed')}</span> : null}
            </div>
            <div className="week-day-windows">
              {override.windows.map((window) => (
                <WindowRow key={window.key} window={window} day={day}
                  onChange={(part) => change({ ...override, windows: [...changeWindow(override.windows, window.key, part)] })}
                  onRemove={() => change({ ...override, windows: [...removeWindow(override.windows, window.key)] })} />
              ))}
              <div className="actions tight">
                <Button kind="plain" onPress={() => change({ ...override, windows: [...addWindow(override.windows, 1)] })}>
                  <Plus /> {t('availability.add')}<span className="unseen"> {day}</span>
                </Button>
                <Button kind="plain" onPress={() => onChange(overrides.filter((known) => known.key !== override.key))}>{t('availability.asUsual')}</Button>
              </div>
            </div>
          </div>
        );
      })}
      <div className="field-row">
        <DateBox label={t('availability.otherDay')} value={date} onChange={setDate} />
        <Button onPress={add} isDisabled={date === null || taken}>{t('availability.addDay')}</Button>
      </div>
    </div>
  );
}
