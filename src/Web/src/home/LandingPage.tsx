import { useTranslation } from 'react-i18next';
import { LinkButton } from '../look/Button';
import { useTitle } from '../look/Page';
import { ClockFace } from '../time/ClockFace';
import { parseWall, timeText, weekdayText, weekdayOf } from '../time/wall';
import { useLocale } from '../i18n/locale';
import { zoneCity } from '../time/zones';
import './home.css';

/** The first pair: a violin teacher in Seoul and a child in Abu Dhabi. */
const example = [
  { zone: 'Asia/Seoul', local: '2026-12-07T20:30:00+09:00' },
  { zone: 'Asia/Dubai', local: '2026-12-07T15:30:00+04:00' },
];

export function LandingPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  useTitle(t('brand'));
  return (
    <div className="landing">
      <section className="landing-top">
        <div className="landing-words">
          <h1>{t('landing.title')}</h1>
          <p className="lead">{t('landing.lead')}</p>
          <div className="actions">
            <LinkButton to="/sign-up" kind="primary" large>{t('landing.signUp')}</LinkButton>
            <LinkButton to="/sign-in" large>{t('signIn.title')}</LinkButton>
          </div>
        </div>
        <div className="landing-clocks" aria-hidden="true">
          {example.map(({ zone, local }) => {
            const wall = parseWall(local);
            return (
              <figure key={zone}>
                <ClockFace wall={wall} />
                <figcaption>
                  <span className="landing-city">{zoneCity(zone, t)}</span>
                  <span>{weekdayText(weekdayOf(wall), locale)} {timeText(wall, locale)}</span>
                </figcaption>
              </figure>
            );
          })}
        </div>
      </section>
      <section className="landing-points">
        {(['match', 'book', 'meet'] as const).map((point, index) => (
          <div key={point} className="card landing-point">
            <span className="landing-number" aria-hidden="true">{new Intl.NumberFormat(locale).format(index + 1)}</span>
            <h2>{t(`landing.${point}`)}</h2>
            <p>{t(`landing.${point}Text`)}</p>
          </div>
        ))}
      </section>
    </div>
  );
}
