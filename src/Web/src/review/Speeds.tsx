import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';

const speeds = [0.25, 0.5, 0.75, 1];

/** Four that are used most, and all between them by five per cent. */
export function Speeds({ rate, onRate }: { rate: number; onRate: (rate: number) => void }) {
  const { t } = useTranslation();
  const percent = new Intl.NumberFormat(useLocale(), { style: 'percent' });
  return (
    <fieldset className="review-speeds">
      <legend>{t('review.speed')}</legend>
      {speeds.map((speed) => (
        <label key={speed}>
          <input type="radio" name="speed" checked={rate === speed} onChange={() => onRate(speed)} />
          <span>{percent.format(speed)}</span>
        </label>
      ))}
      <span className="review-rate">
        <input type="range" dir="ltr" min={25} max={100} step={5} value={Math.round(rate * 100)} aria-label={t('review.slower')} aria-valuetext={percent.format(rate)}
          onChange={(e) => onRate(e.target.valueAsNumber / 100)} />
        <output>{percent.format(rate)}</output>
      </span>
    </fieldset>
  );
}
