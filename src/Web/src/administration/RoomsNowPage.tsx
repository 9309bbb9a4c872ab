import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import type { List } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page } from '../look/Page';
import { processings, steps, type GottenNow, type PersonNow, type RoomNow, type SentNow } from './roomsNow';
import { useFigures } from './useFigures';
import './roomsNow.css';

const everyMs = 2_000;

/** How sound and picture go in all rooms, for whoever runs the server. */
export default function RoomsNowPage() {
  const { t } = useTranslation();
  const rooms = useQuery({
    queryKey: ['rooms', 'now'],
    refetchInterval: everyMs,
    queryFn: ({ signal }): Promise<List<RoomNow>> => told(api.GET('/v1/admin/rooms', { signal })),
  });
  return (
    <Page title={t('roomsNow.title')} lead={t('roomsNow.lead')}>
      <Loaded query={rooms}>
        {({ items }) => items.length === 0 ? <Empty title={t('roomsNow.none')}>{t('roomsNow.noneText')}</Empty> : (
          <ul className="cards">{items.map((room) => <li key={room.roomId} className="card"><Room room={room} /></li>)}</ul>
        )}
      </Loaded>
    </Page>
  );
}

function Room({ room }: { room: RoomNow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const say = useFigures();
  const whose = new Map(room.people.flatMap((person) => person.sends.map((sent) => [sent.trackId, person.role] as const)));
  const of = (got: GottenNow) => {
    const role = whose.get(got.trackId);
    const what = t(`roomsNow.kind.${got.kind}`);
    return role ? t('roomsNow.of', { what, who: t(`roomsNow.role.${role}`) }) : what;
  };
  return (
    <section className="room-now" aria-label={t('roomsNow.room', { time: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(room.since) })}>
      <h2>{t('roomsNow.room', { time: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(room.since) })}</h2>
      <Figures of={[
        ...(['tutor', 'student', 'guardian', 'guest'] as const).map((role) => [t(`roomsNow.role.${role}`), say.count(room.people.filter((person) => person.role === role && !person.isStream).length)] as const),
        [t('roomsNow.listeners'), say.count(room.listeners)],
        [t('roomsNow.profile'), room.profile],
        [t('roomsNow.delay'), room.forwardDelayMedian === undefined || room.forwardDelayMedian === null ? null : t('roomsNow.delayText', { median: say.ms(room.forwardDelayMedian), worst: say.ms(room.forwardDelayWorst) })],
      ]} />
      {room.people.map((person) => <Person key={person.participantId} person={person} of={of} />)}
    </section>
  );
}

function Person({ person, of }: { person: PersonNow; of: (got: GottenNow) => string }) {
  const { t } = useTranslation();
  const say = useFigures();
  const told = processings.filter((name) => person.processing?.[name] !== undefined && person.processing[name] !== null);
  const on = told.filter((name) => person.processing?.[name]);
  return (
    <article className="person-now" data-role={person.role}>
      <h3>
        {t(`roomsNow.role.${person.role}`)}
        {person.isStream ? <span className="soft"> · {t('roomsNow.stream')}</span> : null}
        {person.isConnected ? null : <span className="soft"> · {t('roomsNow.noMedia')}</span>}
      </h3>
      <Figures of={[
        [t('roomsNow.roundTrip'), say.ms(person.roundTrip)],
        [t('roomsNow.path'), person.path ? t(`roomsNow.paths.${person.path}`) : null],
        [t('roomsNow.restarts'), person.iceRestarts > 0 ? say.count(person.iceRestarts) : null],
        [t('roomsNow.data'), person.data ? person.data.isOpen ? t('roomsNow.dataText', { received: say.perSecond(person.data.received), sent: say.perSecond(person.data.sent) }) : t('roomsNow.dataShut') : null],
        [t('roomsNow.dataDropped'), person.data && person.data.dropped > 0 ? say.count(person.data.dropped) : null],
        [t('roomsNow.processing'), told.length === 0 ? null : on.length === 0 ? t('roomsNow.processingOff') : on.map((name) => t(`roomsNow.processingName.${name}`)).join(', ')],
      ]} />
      {person.join && steps.some((step) => typeof person.join?.[step] === 'number') ? (
        <>
          <h4>{t('roomsNow.join')}</h4>
          <Figures of={steps.map((step) => [t(`roomsNow.step.${step}`), say.ms(person.join?.[step])] as const)} />
        </>
      ) : null}
      {person.sends.length > 0 ? <h4>{t('roomsNow.sends')}</h4> : null}
      {person.sends.map((sent) => <Sent key={sent.trackId} sent={sent} />)}
      {person.gets.length > 0 ? <h4>{t('roomsNow.gets')}</h4> : null}
      {person.gets.map((got) => <Gotten key={got.trackId} got={got} name={of(got)} />)}
    </article>
  );
}

function Sent({ sent }: { sent: SentNow }) {
  const { t } = useTranslation();
  const say = useFigures();
  const layers = sent.layers.filter((layer) => layer.height > 0 || layer.rid);
  return (
    <div className="track-now" data-track={sent.kind}>
      <p className="track-name">{t(`roomsNow.source.${sent.source}`)} <span className="soft"><bdi>{sent.codec}</bdi>{sent.isSilenced ? ` · ${t('roomsNow.silenced')}` : ''}</span></p>
      <Figures of={[
        [t('roomsNow.bitrate'), say.rate(sent.bitrate)], [t('roomsNow.loss'), say.share(sent.loss)], [t('roomsNow.jitter'), say.ms(sent.jitter)],
        [t('roomsNow.nacks'), say.perSecond(sent.nacks)], [t('roomsNow.plis'), sent.kind === 'video' ? say.perSecond(sent.keyFrameRequests) : null],
        [t('roomsNow.layer'), layers.length === 0 ? null : layers.map((layer) => `${layer.rid ? `${layer.rid} ` : ''}${layer.height > 0 ? say.lines(layer.height) : '–'}${layers.length > 1 ? ` ${say.rate(layer.bitrate)}` : ''}`).join(' · ')],
      ]} />
    </div>
  );
}

function Gotten({ got, name }: { got: GottenNow; name: string }) {
  const { t } = useTranslation();
  const say = useFigures();
  const isPicture = got.kind === 'video';
  const layer = [got.rid, got.height > 0 ? say.lines(got.height) : null, typeof got.spatialLayer === 'number' ? `S${got.spatialLayer}` : null, typeof got.temporalLayer === 'number' ? `T${got.temporalLayer}` : null, got.picture && got.picture !== 'whole' ? t(`roomsNow.picture.${got.picture}`) : null];
  return (
    <div className="track-now" data-track={got.kind}>
      <p className="track-name">{name}</p>
      <Figures of={[
        [t('roomsNow.bitrate'), say.rate(got.bitrate)], [t('roomsNow.loss'), say.share(got.loss)], [t('roomsNow.jitter'), say.ms(got.jitter)],
        [t('roomsNow.nacks'), say.perSecond(got.nacks)], [t('roomsNow.plis'), isPicture ? say.perSecond(got.keyFrameRequests) : null],
        [t('roomsNow.layer'), isPicture ? layer.filter(Boolean).join(' ') || t('roomsNow.nothing') : null],
        [t('roomsNow.concealed'), isPicture ? null : say.share(got.concealed)],
        [t('roomsNow.freezes'), isPicture && typeof got.freezes === 'number' ? say.count(got.freezes) : null],
        [t('roomsNow.buffer'), say.ms(got.jitterBuffer)],
      ]} />
    </div>
  );
}

/** Names and values; what is not known is left out. */
function Figures({ of }: { of: (readonly [string, string | null])[] }) {
  const known = of.filter((pair) => pair[1] !== null);
  if (known.length === 0) return null;
  return (
    <dl className="figures">
      {known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd><bdi>{value}</bdi></dd></div>)}
    </dl>
  );
}
