import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useMe } from '../account/me';
import type { Answer } from '../api/client';
import type { Connection, MeetingPreferences, ProviderName } from '../api/types';
import { maybe } from '../i18n/maybe';
import { Button } from '../look/Button';
import { Tick } from '../look/fields';
import { Loaded, Placeholder } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import './connections.css';
import { inOrder, moved } from './order';
import { ProviderCard, type Said, type Step } from './ProviderCard';
import { useConnections, usePreferences, useSavePreferences } from './queries';

/** How a tutor meets: each provider in plain words, whose account it uses, and which is tried first. */
export default function MeetingProvidersPage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Page title={t('meetingProviders.title')} lead={t('meetingProviders.lead')} narrow>
      {me.tutorId ? <Providers tutorId={me.tutorId} /> : <Notice><p>{t('meetingProviders.tutorsOnly')}</p></Notice>}
    </Page>
  );
}

function Providers({ tutorId }: { tutorId: string }) {
  const connections = useConnections(tutorId);
  const preferences = usePreferences(tutorId);
  const back = useBack();
  // Both at once, so that nothing jumps when the second one comes.
  if (connections.data && preferences.data === undefined && !preferences.isError) return <Placeholder lines={8} />;
  return (
    <>
      {back && !connections.data?.items.some(({ provider }) => provider === back.provider) ? <Notice kind={back.kind}><p>{back.text}</p></Notice> : null}
      <Loaded query={connections} lines={8}>
        {({ items }) => <Loaded query={preferences} lines={8}>{(data) => <Ordered tutorId={tutorId} connections={items} stored={data} back={back} />}</Loaded>}
      </Loaded>
    </>
  );
}

/** What came of the visit at the provider's page; said once, in its card, and gone from the address. */
function useBack(): (Said & { provider: string | null }) | null {
  const { t, i18n } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [said] = useState(() => ({ connected: params.get('connected'), error: params.get('error'), provider: params.get('provider') }));
  useEffect(() => {
    if (said.connected ?? said.error) setParams({}, { replace: true });
  }, [said, setParams]);
  const nameOf = (provider: string | null) => (provider && maybe(i18n, t, `provider.${provider}`)) ?? t('meetingProviders.theProvider');
  if (said.connected) return { kind: 'good', provider: said.connected, text: t('meetingProviders.connected', { provider: nameOf(said.connected) }) };
  if (said.error) {
    const text = maybe(i18n, t, `meetingProviders.error.${said.error}`, { provider: nameOf(said.provider) }) ?? t('problem.unexpected');
    return { kind: 'bad', provider: said.provider, text };
  }
  return null;
}

function Ordered({ tutorId, connections, stored, back }: {
  tutorId: string;
  connections: Connection[];
  stored: Answer<MeetingPreferences>;
  back: (Said & { provider: string | null }) | null;
}) {
  const { t } = useTranslation();
  const save = useSavePreferences(tutorId);
  // While it is being saved, what the person asked for is shown.
  const wanted = save.isPending ? save.variables : stored.data;
  const shown = inOrder(connections, wanted.order);
  const names = shown.map(({ provider }) => provider);
  const list = useRef<HTMLOListElement>(null);
  const [step, setStep] = useState<{ provider: ProviderName; by: Step } | null>(null);
  const place = step ? names.indexOf(step.provider) : -1;
  const isOwn = wanted.order.length > 0;
  // What the tutor's order names stands where it says; the wishes sort the others only.
  const wishesCount = names.some((name) => !wanted.order.includes(name));
  const orderLine = useRef<HTMLParagraphElement>(null);
  const [cameBack, setCameBack] = useState(false);

  // A card that is moved takes the focus along; at an end its other button gets it.
  useEffect(() => {
    if (!step) return;
    const buttons = list.current?.querySelectorAll<HTMLButtonElement>(`[data-provider="${step.provider}"] .provider-steps button`);
    const [up, down] = [buttons?.[0], buttons?.[1]];
    const used = step.by < 0 ? up : down;
    (used?.disabled ? (step.by < 0 ? down : up) : used)?.focus();
  }, [step, place]);

  const move = (provider: ProviderName, by: Step) => {
    setStep({ provider, by });
    setCameBack(false);
    save.mutate({ ...wanted, order: moved(names, provider, by) });
  };
  const goBack = () => {
    setStep(null);
    setCameBack(true);
    // The button goes with what it did; the focus stays where it was.
    orderLine.current?.focus();
    save.mutate({ ...wanted, order: [] });
  };
  return (
    <>
      <ProblemNotice error={save.error} />
      <p role="status" className="unseen">
        {step && place >= 0 ? t('meetingProviders.isAt', { provider: t(`provider.${step.provider}`), place: place + 1, count: names.length })
          : cameBack && !isOwn ? t('meetingProviders.atSchoolsOrder') : ''}
      </p>
      <div className="provider-order">
        <p className="soft" ref={orderLine} tabIndex={-1}>{isOwn ? t('meetingProviders.ownOrder') : t('meetingProviders.schoolsOrder')}</p>
        {isOwn ? <Button onPress={goBack}>{t('meetingProviders.toSchoolsOrder')}</Button> : null}
      </div>
      <ol className="cards" ref={list}>
        {shown.map((connection, at) => (
          <ProviderCard key={connection.provider} tutorId={tutorId} connection={connection} place={at} last={at === shown.length - 1}
            back={back?.provider === connection.provider ? back : null} onStep={(by) => move(connection.provider, by)} />
        ))}
      </ol>
      <Section title={t('meetingProviders.wishes')} lead={wishesCount ? t('meetingProviders.wishesLead') : t('meetingProviders.wishesIdle')}>
        <div className="card provider-wishes">
          <Tick label={t('meetingProviders.musicMode')} value={wanted.musicMode} onChange={(musicMode) => save.mutate({ ...wanted, musicMode })} />
          <p className="hint">{t('meetingProviders.musicModeText')}</p>
          <Tick label={t('meetingProviders.recording')} value={wanted.recording} onChange={(recording) => save.mutate({ ...wanted, recording })} />
          <p className="hint">{t('meetingProviders.recordingText')}</p>
        </div>
      </Section>
    </>
  );
}
