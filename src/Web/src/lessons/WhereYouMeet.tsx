import { useTranslation } from 'react-i18next';
import type { Lesson, LessonMeeting } from '../api/types';
import { maybe } from '../i18n/maybe';
import { Notice } from '../look/Notice';
import { Section } from '../look/Page';
import { useMeeting } from './queries';
import { troubleOf } from './trouble';

/** Where the lesson is held and why there, in plain words; what failed, and how music gets through. */
export function WhereYouMeet({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const { data: meeting } = useMeeting(lesson);
  if (lesson.state === 'cancelled' || !meeting) return null;
  const trouble = troubleOf(meeting);
  const isForbidden = meeting.state === 'no_provider_allowed' && meeting.reasons.length > 0;
  if (!trouble && !meeting.provider && !isForbidden) return null;
  return (
    <Section title={t('where.title')}>
      {trouble ? <Troubled {...trouble} /> : null}
      {isForbidden ? <div className="card where"><WhyNot reasons={meeting.reasons} /></div> : null}
      {meeting.provider ? <><Chosen meeting={meeting} provider={meeting.provider} /><MusicHints provider={meeting.provider} /></> : null}
    </Section>
  );
}

/** While a provider has trouble: what is done about it, and what comes otherwise. */
function Troubled({ provider, code }: { provider: string; code: string }) {
  const { t, i18n } = useTranslation();
  const name = maybe(i18n, t, `provider.${provider}`) ?? provider;
  const because = maybe(i18n, t, `meetingCode.${code}`, { provider: name });
  return (
    <Notice kind="warn" title={t('where.troubled', { provider: name })}>
      {because ? <p className="soft">{because}</p> : null}
      <p>{t('where.troubledText')}</p>
    </Notice>
  );
}

function Chosen({ meeting, provider }: { meeting: LessonMeeting; provider: string }) {
  const { t, i18n } = useTranslation();
  const nameOf = (id: string) => maybe(i18n, t, `provider.${id}`) ?? id;
  const name = nameOf(provider);
  const chosen = meeting.reasons.find((reason) => reason.provider === provider && reason.verdict === 'chosen');
  const others = meeting.reasons.filter((reason) => reason.provider !== provider);
  // What was lost may have been arranged anew at the same provider, and what had passing trouble may carry the lesson after all.
  // When all were asked anew, an earlier failure is not why it is held here.
  const since = meeting.triedAgainAt ? Date.parse(meeting.triedAgainAt) : -Infinity;
  const failures = meeting.failures.filter((failure) => failure.type !== 'meeting_troubled' && failure.provider !== provider && Date.parse(failure.at) >= since);
  const failed = [...new Set(failures.map((failure) => nameOf(failure.provider)))];
  const last = failures.at(-1);
  const because = last ? maybe(i18n, t, `meetingCode.${last.code}`, { provider: nameOf(last.provider) }) : null;
  // After a failure the first in an order is the first of those that were left.
  const reason = chosen && (failed.length > 0 && /_order$/.test(chosen.code) ? t('where.because.next') : maybe(i18n, t, `where.because.${chosen.code}`));
  const byLaw = others.some(({ code }) => code === 'not_allowed_in_country');
  return (
    <div className="card where">
      {failed.length > 0 ? (
        <Notice kind="warn">
          <p>{t('where.replaced', { failed: new Intl.ListFormat(i18n.language).format(failed), provider: name })}</p>
          {because ? <p className="soft">{because}</p> : null}
        </Notice>
      ) : null}
      <p><strong>{t('where.at', { provider: name })}</strong></p>
      {/* The server tells it to the tutor only. */}
      {meeting.account ? <p>{t(`where.account.${meeting.account}`, { provider: name })}</p> : null}
      {byLaw ? <p>{t('where.lawHere', { provider: name })}</p> : null}
      {reason ? <p>{reason}</p> : null}
      {others.length > 0 ? (
        <details>
          <summary>{t('where.others')}</summary>
          <WhyNot reasons={others} />
        </details>
      ) : null}
    </div>
  );
}

/** Which services there are, and why the lesson is not there. */
function WhyNot({ reasons }: { reasons: LessonMeeting['reasons'] }) {
  const { t, i18n } = useTranslation();
  return (
    <ul className="where-others">
      {reasons.map(({ provider, code }) => (
        <li key={provider}>{maybe(i18n, t, `where.not.${code}`, { provider: maybe(i18n, t, `provider.${provider}`) ?? provider })}</li>
      ))}
    </ul>
  );
}

/** Original sound is a switch in the app itself: no provider's API can set it for a person. */
function MusicHints({ provider }: { provider: string }) {
  const { t } = useTranslation();
  if (provider !== 'zoom' && provider !== 'google-meet') return null;
  return (
    <div className="card where">
      <h3>{t('where.sound.title', { provider: t(`provider.${provider}`) })}</h3>
      <p className="soft">{t('where.sound.lead')}</p>
      <ol className="where-steps">
        {(['one', 'two', 'three'] as const).map((step) => <li key={step}>{t(`where.sound.${provider}.${step}`)}</li>)}
      </ol>
    </div>
  );
}
