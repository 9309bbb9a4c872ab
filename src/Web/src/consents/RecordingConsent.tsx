import { Switch } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import type { Consent } from '../api/types';
import { momentText } from '../guests/moment';
import { useLocale } from '../i18n/locale';
import { Loaded } from '../look/Loaded';
import { ProblemNotice } from '../look/ProblemNotice';
import './consents.css';
import { useRecordingConsent, useSayRecording } from './queries';
import { saidBy } from './said';

/** What being recorded means, and the switch that agrees to it: for oneself, or for a child whose name is given. */
export function RecordingConsent({ personId, child }: { personId: string; child?: string }) {
  const { t } = useTranslation();
  const consent = useRecordingConsent(personId);
  return (
    <section className="consent" aria-label={child ? t('consent.titleOf', { name: child }) : t('consent.title')}>
      {child ? <h3>{t('consent.title')}</h3> : <h2>{t('consent.title')}</h2>}
      <p className="soft">{child ? t('consent.what.child') : t('consent.what.own')}</p>
      <Loaded query={consent}>{(said) => <Say consent={said} {...(child ? { child } : {})} />}</Loaded>
    </section>
  );
}

function Say({ consent, child }: { consent: Consent; child?: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const locale = useLocale();
  const say = useSayRecording(consent);
  const by = saidBy(consent, me);
  const time = consent.givenAt ? momentText(consent.givenAt, locale) : '';
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(consent.keptRevokedDays);
  return (
    <>
      <p className="soft">{t('consent.undo', { days })}</p>
      <ProblemNotice error={say.error} />
      {consent.mayDecide ? (
        <Switch className="consent-switch" isSelected={say.isPending ? say.variables : consent.given} onChange={(agrees) => say.mutate(agrees)} isReadOnly={say.isPending}>
          <span className="consent-track" aria-hidden="true"><span className="consent-knob" /></span>
          <span>{child ? t('consent.agree.child', { name: child }) : t('consent.agree.own')}</span>
        </Switch>
      ) : <p>{consent.given ? t('consent.guardian.yes') : t('consent.guardian.no')}</p>}
      <p className="hint" role="status">
        {by === null ? t('consent.notGiven') : by === 'you' ? t('consent.givenByYou', { time }) : t('consent.givenBy', { name: consent.by!.displayName, time })}
      </p>
    </>
  );
}
