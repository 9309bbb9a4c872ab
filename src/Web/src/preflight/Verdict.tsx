import { useTranslation } from 'react-i18next';
import { countryName, useLocale } from '../i18n/locale';
import { Notice } from '../look/Notice';
import { Section } from '../look/Page';
import { advice } from './advice';
import { ago } from './ago';
import type { Answer, Result } from './wire';

const providers = ['built-in', 'zoom', 'google-meet', 'jitsi'] as const;
type Provider = (typeof providers)[number];

const isKnown = (name: string): name is Provider => providers.some((known) => known === name);

/** What the test means: the connection in one sentence, each provider, and what to do next. */
export function Verdict({ answer, country }: { answer: Answer; country: string }) {
  const { t, i18n } = useTranslation('preflight');
  const locale = useLocale();
  const { latest } = answer;
  const when = latest ? ago(latest.at, Date.now(), locale) : undefined;
  const name = (provider: string) => (isKnown(provider) ? t(`provider.${provider}`) : provider);
  const place = countryName(country, locale);
  const allowed = answer.providers.filter(({ code }) => code !== 'not_allowed_in_country');
  const apps = new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(allowed.map(({ provider }) => name(provider)));
  return (
    <>
      <Section title={t('result')} lead={latest ? (when === undefined ? t('testedNow') : latest.counts ? t('tested', { when }) : t('tooOld', { when })) : undefined}>
        {answer.roomOffered ? (
          latest && latest.paths.length > 0 ? <Connection result={latest} /> : null
        ) : (
          <Notice kind="info" title={t('listed.title')}>
            <p>{allowed.length > 0 ? t('listed.text', { country: place, apps }) : t('listed.none', { country: place })}</p>
            {allowed.length > 0 && allowed.every(({ code }) => code === 'not_set_up') ? <p>{t('listed.notSetUp')}</p> : null}
          </Notice>
        )}
        <ul className="preflight-providers">
          {answer.providers.map(({ provider, code, why }) => (
            <li key={provider} data-provider={provider} data-code={code}>
              <strong><bdi>{name(provider)}</bdi></strong>
              <span>{t(`outlook.${code}`, { country: place })}{why.length > 0 ? ` ${why.map((fault) => t(`fault.${fault}`)).join(' ')}` : ''}{code === 'not_measured' && isKnown(provider) ? <> <OwnTest provider={provider} /></> : null}</span>
            </li>
          ))}
        </ul>
      </Section>
      {latest ? (
        <>
          <Section title={t('next')}>
            <ul className="preflight-advice">
              {advice(latest, answer.roomOffered).map((key) => <li key={key} data-advice={key}>{t(`advice.${key}`)}</li>)}
            </ul>
          </Section>
          <Figures result={latest} />
        </>
      ) : null}
    </>
  );
}

/** Where a provider can be tried that this test does not reach. */
function OwnTest({ provider }: { provider: Provider }) {
  const { t } = useTranslation('preflight');
  if (provider === 'built-in') return null;
  if (provider !== 'zoom') return <>{t(`ownTest.${provider}`)}</>;
  return <><a href="https://zoom.us/test" target="_blank" rel="noopener noreferrer">{t('ownTest.zoom')}</a> {t('ownTest.newTab')}</>;
}

function Connection({ result }: { result: Result }) {
  const { t } = useTranslation('preflight');
  const best = result.bestPath;
  if (!best) return <Notice kind="bad" title={t('connection.none')}><p>{t('connection.noneText')}</p></Notice>;
  if (result.lineFaults.length > 0) return <Notice kind="warn" title={t('connection.poor')}><p>{result.lineFaults.map((fault) => t(`fault.${fault}`)).join(' ')}</p></Notice>;
  const way = best === 'udp' ? 'direct' : best === 'tcp' ? 'tcp' : 'relay';
  return <Notice kind="good" title={t(`connection.${way}`)}><p>{t(`connection.${way}Text`)}</p></Notice>;
}

/** The figures, for whoever helps; with what they are worth. */
function Figures({ result }: { result: Result }) {
  const { t } = useTranslation('preflight');
  const locale = useLocale();
  const number = (value: number, digits = 0) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const { line, sound } = result;
  const rows: [string, string][] = [];
  for (const { path, outcome, setupMilliseconds } of result.paths)
    rows.push([t(`path.${path}`), typeof setupMilliseconds === 'number' ? t('figure.connectedIn', { ms: number(setupMilliseconds) }) : t(`outcome.${outcome}`)]);
  if (line) {
    rows.push([t('figure.roundTrip'), t('figure.ms', { value: number(line.roundTripMilliseconds, 1) })]);
    rows.push([t('figure.loss'), t('figure.percent', { value: number(line.lossPercent, 1) })]);
    rows.push([t('figure.jitter'), t('figure.ms', { value: number(line.jitterMilliseconds, 1) })]);
    rows.push([t('figure.up'), t('figure.atLeast', { value: number(line.upKbps) })]);
    rows.push([t('figure.down'), t('figure.atLeast', { value: number(line.downKbps) })]);
  }
  if (sound) {
    for (const processing of ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const)
      rows.push([t(`sound.${processing}`), sound[processing] === null ? t('sound.unsaid') : sound[processing] ? t('sound.on') : t('sound.off')]);
    if (sound.channelCount !== null) rows.push([t('sound.channels'), sound.channelCount >= 2 ? t('sound.stereo') : t('sound.mono')]);
    if (sound.sampleRate !== null) rows.push([t('sound.rate'), t('sound.kHz', { value: number(sound.sampleRate / 1000, 1) })]);
  }
  if (rows.length === 0) return null;
  return (
    <Section title={t('figures')} lead={line ? t('figuresLead') : undefined}>
      <dl className="preflight-figures">
        {rows.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}
      </dl>
    </Section>
  );
}
