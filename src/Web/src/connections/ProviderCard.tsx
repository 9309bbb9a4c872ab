import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Connection } from '../api/types';
import { maybe } from '../i18n/maybe';
import { countryName, useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { JitsiForm } from './JitsiForm';
import { useConnect, useDisconnect } from './queries';

export type Step = -1 | 1;

/** What came of connecting or disconnecting, said in the card. */
export interface Said {
  kind: 'good' | 'bad';
  text: string;
}

/** One provider: what it can do, where it may be used, whose account it is, and how to change that. */
export function ProviderCard({ tutorId, connection, place, last, back, onStep }: {
  tutorId: string;
  connection: Connection;
  place: number;
  last: boolean;
  /** The person just came back from the provider's own page. */
  back: Said | null;
  onStep: (by: Step) => void;
}) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const { provider, own, needs } = connection;
  const name = t(`provider.${provider}`);
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState(back);

  // The button that was pressed is gone, or was on another page: the focus would fall to the page's beginning. A dialog that closes gives
  // the focus back in the next frame, so this comes after it.
  useEffect(() => {
    if (!said) return;
    const after = setTimeout(() => heading.current?.focus(), 50);
    return () => clearTimeout(after);
  }, [said]);

  const countries = new Intl.ListFormat(locale, { type: 'disjunction' }).format(connection.notIn.map((code) => countryName(code, locale)));
  return (
    <li className="card provider" data-provider={provider}>
      <div className="provider-head">
        <div>
          <h2 ref={heading} tabIndex={-1}>{name}</h2>
          <Standing connection={connection} />
        </div>
        <div className="provider-steps">
          <Button kind="plain" isDisabled={place === 0} onPress={() => onStep(-1)} aria-label={t('meetingProviders.up', { provider: name })}><Arrow up /></Button>
          <Button kind="plain" isDisabled={last} onPress={() => onStep(1)} aria-label={t('meetingProviders.down', { provider: name })}><Arrow /></Button>
        </div>
      </div>
      {said ? <Notice kind={said.kind}><p>{said.text}</p></Notice> : null}
      {own?.state === 'dead' ? (
        <Notice kind="bad" title={t('meetingProviders.dead', { provider: name })}>
          <p>{(own.code && maybe(i18n, t, `meetingProviders.deadBecause.${own.code}`, { provider: name })) ?? t('meetingProviders.deadText')}</p>
        </Notice>
      ) : null}
      <ul className="provider-facts">
        <li>{t(`meetingProviders.about.${provider}`)}</li>
        {provider === 'google-meet' && connection.account !== 'none' ? <li>{t(`meetingProviders.calendar.${connection.account}`)}</li> : null}
        <li>{connection.records ? t('meetingProviders.records') : t('meetingProviders.recordsNot')}</li>
        <li>{connection.musicMode ? t('meetingProviders.music') : t('meetingProviders.musicByHand')}</li>
        {connection.waitingRoom ? <li>{t('meetingProviders.waitingRoom')}</li> : null}
        <li>{t('meetingProviders.seats', { number: new Intl.NumberFormat(locale).format(connection.seats) })}</li>
        {connection.notIn.length > 0 ? <li>{t('meetingProviders.notIn', { countries })}</li> : null}
        {needs === 'school' ? <li>{t('meetingProviders.needsSchool')}</li> : null}
      </ul>
      {connection.canConnect || own ? <Account tutorId={tutorId} connection={connection} name={name} say={(text) => setSaid({ kind: 'good', text })} /> : null}
    </li>
  );
}

/** In two words whose account carries the lessons now. */
function Standing({ connection: { provider, account, own } }: { connection: Connection }) {
  const { t } = useTranslation();
  if (own?.state === 'dead') return <span className="badge bad">{t('meetingProviders.standing.dead')}</span>;
  if (provider === 'built-in') return <span className="badge good">{t('meetingProviders.standing.ready')}</span>;
  return <span className={account === 'none' ? 'badge' : 'badge good'}>{t(`meetingProviders.standing.${account}`)}</span>;
}

function Account({ tutorId, connection, name, say }: { tutorId: string; connection: Connection; name: string; say: (text: string) => void }) {
  const { t } = useTranslation();
  const { provider, own, account } = connection;
  const connect = useConnect(tutorId);
  const disconnect = useDisconnect(tutorId);
  const [asking, setAsking] = useState<'connect' | 'disconnect' | 'jitsi' | null>(null);
  const close = (open: boolean) => !open && setAsking(null);
  const done = (what: 'meetingProviders.connected' | 'meetingProviders.disconnected') => {
    setAsking(null);
    say(t(what, { provider: name }));
  };
  const isDead = own?.state === 'dead';
  const begin = () => setAsking(provider === 'jitsi' ? 'jitsi' : 'connect');
  return (
    <div className="provider-account">
      {own?.state === 'live' ? <p>{own.label ? t('meetingProviders.connectedAs', { account: own.label }) : t('meetingProviders.connectedSomehow')}</p> : null}
      {own?.state === 'live' && provider === 'jitsi' ? <Keys takenAt={own.keysTakenAt ?? null} triedAt={own.triedAt ?? null} /> : null}
      <div className="actions">
        {connection.canConnect && own?.state !== 'live' ? (
          <Button kind={own || account === 'none' ? 'primary' : 'quiet'} onPress={begin}>
            {own ? t('meetingProviders.connectAgain') : account === 'school' ? t('meetingProviders.connectOwn', { provider: name }) : t('meetingProviders.connect', { provider: name })}
          </Button>
        ) : null}
        {own?.state === 'live' && provider === 'jitsi' ? <Button onPress={begin}>{t('meetingProviders.change')}</Button> : null}
        {own ? <Button kind="danger" onPress={() => setAsking('disconnect')}>{isDead ? t('meetingProviders.forget') : t('meetingProviders.disconnect')}</Button> : null}
      </div>
      <Dialog title={t('meetingProviders.connectTitle', { provider: name })} open={asking === 'connect'} onOpenChange={close}>
        <p>{t('meetingProviders.connectText', { provider: name })}</p>
        <p>{t('meetingProviders.connectWhy')}</p>
        <ProblemNotice error={connect.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind="primary" busy={connect.isPending || connect.isSuccess} onPress={() => connect.mutate(provider)}>{t('meetingProviders.goTo', { provider: name })}</Button>
        </div>
      </Dialog>
      <Dialog title={t(isDead ? 'meetingProviders.forgetTitle' : 'meetingProviders.disconnectTitle', { provider: name })} open={asking === 'disconnect'} onOpenChange={close}>
        {isDead ? <p>{t('meetingProviders.forgetText', { provider: name })}</p> : (
          <>
            <p>{t('meetingProviders.disconnectText', { provider: name })}</p>
            <p>{t(provider === 'jitsi' ? 'meetingProviders.disconnectJitsi' : 'meetingProviders.disconnectAway', { provider: name })}</p>
          </>
        )}
        <ProblemNotice error={disconnect.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind="danger" busy={disconnect.isPending} onPress={() => disconnect.mutate(provider, { onSuccess: () => done('meetingProviders.disconnected') })}>{t(isDead ? 'meetingProviders.forget' : 'meetingProviders.disconnect')}</Button>
        </div>
      </Dialog>
      <Dialog title={t('meetingProviders.jitsi.title')} open={asking === 'jitsi'} onOpenChange={close}>
        <JitsiForm tutorId={tutorId} domain={own?.label ?? ''} onSaved={() => done('meetingProviders.connected')} onBack={() => setAsking(null)} />
      </Dialog>
    </div>
  );
}

/** What is known of the keys: the server took them, or nobody could try them and they were used or not. */
function Keys({ takenAt, triedAt }: { takenAt: string | null; triedAt: string | null }): ReactNode {
  const { t } = useTranslation();
  const locale = useLocale();
  const day = (at: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(at));
  if (takenAt) return <p>{t('meetingProviders.jitsi.taken', { date: day(takenAt) })}</p>;
  if (triedAt) return <p>{t('meetingProviders.jitsi.tried', { date: day(triedAt) })}</p>;
  return <p><span className="badge">{t('meetingProviders.jitsi.untried')}</span> {t('meetingProviders.jitsi.untriedText')}</p>;
}

function Arrow({ up = false }: { up?: boolean }) {
  return <svg className="icon" viewBox="0 0 20 20" aria-hidden="true"><path d={up ? 'M10 16V4M5 9l5-5 5 5' : 'M10 4v12M5 11l5 5 5-5'} /></svg>;
}
