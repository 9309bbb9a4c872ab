import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { useTimeLeft } from './clock';
import { leftParts, unitParts } from './countdown';

/** How long until it starts; once begun, how long until it ends. `isOver`: it was ended before its time. */
export function Countdown({ start, end, isOver = false }: { start: string; end: string; isOver?: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const untilStart = useTimeLeft(start);
  const untilEnd = useTimeLeft(end);
  const begun = untilStart.total <= 0;
  const left = begun ? untilEnd : untilStart;
  if (isOver || (begun && untilEnd.total <= 0)) return <p className="countdown-label">{t('time.over')}</p>;
  return (
    <div className="countdown" role="timer">
      <p className="countdown-label">{begun ? t('time.endsIn') : t('time.startsIn')}</p>
      <p className="countdown-value">
        {leftParts(left).map(({ value, unit }) => {
          const text = unitParts(value, unit, locale);
          return (
            <span key={unit} className="countdown-part">
              <span className="countdown-number">{text.number}</span> <span className="countdown-unit">{text.unit}</span>
            </span>
          );
        })}
      </p>
    </div>
  );
}
