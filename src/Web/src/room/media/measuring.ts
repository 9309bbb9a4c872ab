import type { ClientMessage, MeasuredTrack } from './protocol';

type Measured = Extract<ClientMessage, { type: 'measured' }>;
type Timing = Extract<ClientMessage, { type: 'timing' }>;

/** What is read of getStats; a browser may leave out anything. */
export interface Stat {
  id?: string;
  type: string;
  kind?: string;
  mid?: string;
  totalSamplesReceived?: number;
  concealedSamples?: number;
  silentConcealedSamples?: number;
  freezeCount?: number;
  totalFreezesDuration?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesDecoded?: number;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  currentRoundTripTime?: number;
  candidateType?: string;
  protocol?: string;
  relayProtocol?: string;
}

const whole = (value: number | undefined) => Math.max(0, Math.round(value ?? 0));

/** What the browser has measured of what it gets, as docs/protocol.md §11 wants it; null when there is nothing to say. */
export function measured(stats: Iterable<Stat>, trackOfMid: Record<string, string>, microphone: MediaTrackSettings | undefined): Measured | null {
  const all = [...stats];
  const tracks: MeasuredTrack[] = [];
  for (const stat of all) {
    const trackId = stat.type === 'inbound-rtp' ? trackOfMid[stat.mid ?? ''] : undefined;
    if (trackId === undefined) continue;
    const jitterBuffer = Math.min(60_000, stat.jitterBufferEmittedCount ? whole(((stat.jitterBufferDelay ?? 0) / stat.jitterBufferEmittedCount) * 1000) : 0);
    tracks.push(
      stat.kind === 'audio'
        ? {
            trackId,
            samples: whole(stat.totalSamplesReceived),
            concealed: whole((stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0)),
            jitterBuffer,
          }
        : {
            trackId,
            freezes: whole(stat.freezeCount),
            frozen: whole((stat.totalFreezesDuration ?? 0) * 1000),
            jitterBuffer,
            width: whole(stat.frameWidth),
            height: whole(stat.frameHeight),
          },
    );
  }
  const way = pathOf(all);
  const processing = processingOf(microphone);
  if (tracks.length === 0 && !way.path && !processing) return null;
  return { type: 'measured', tracks: tracks.slice(0, 72), ...way, ...(processing ? { processing } : {}) };
}

/** How the media goes: a relay is known to the browser alone. */
function pathOf(all: Stat[]): Pick<Measured, 'path' | 'roundTrip'> {
  const byId = new Map(all.flatMap((stat) => (stat.id === undefined ? [] : [[stat.id, stat] as const])));
  const pair = byId.get(all.find((stat) => stat.type === 'transport')?.selectedCandidatePairId ?? '');
  const local = byId.get(pair?.localCandidateId ?? '');
  if (!pair || !local) return {};
  const relays = { udp: 'relayUdp', tcp: 'relayTcp', tls: 'relayTls' } as const;
  const path = local.candidateType === 'relay' ? relays[local.relayProtocol as keyof typeof relays] ?? 'relayUdp' : local.protocol === 'tcp' ? 'tcp' : 'udp';
  return { path, ...(pair.currentRoundTripTime === undefined ? {} : { roundTrip: Math.min(60_000, whole(pair.currentRoundTripTime * 1000)) }) };
}

/** What is really on. A browser that does not tell is not spoken for; newer ones tell more than yes and no. */
function processingOf(settings: MediaTrackSettings | undefined): Measured['processing'] {
  const told = (['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const).flatMap((name) => {
    const value: unknown = settings?.[name];
    return value === undefined ? [] : [[name, value !== false] as const];
  });
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** A picture is there to be seen. */
export const showsPicture = (stats: Iterable<Stat>): boolean =>
  [...stats].some((stat) => stat.type === 'inbound-rtp' && stat.kind === 'video' && (stat.framesDecoded ?? 0) > 0);

/** Notes when each step of coming in was done; times in ms of one steady clock. */
export class JoinClock {
  private readonly begunAt: number;
  private ticketAt = 0;
  private joinedAt = 0;

  constructor(now: number) {
    this.begunAt = now;
  }

  ticket(now: number): void {
    this.ticketAt = now;
  }

  joined(now: number): void {
    this.joinedAt = now;
  }

  /** `offer` of the connection that receives; `picture` null where there is none to see. */
  timing(offer: { offering: number; signalling: number } | undefined, connectedAt: number | undefined, picture: number | null): Timing {
    const step = (ms: number) => Math.min(600_000, whole(ms));
    return {
      type: 'timing',
      ticket: step(this.ticketAt - this.begunAt),
      socket: step(this.joinedAt - this.ticketAt),
      ...(picture !== null && offer ? { offering: step(offer.offering), signalling: step(offer.signalling) } : {}),
      ...(picture !== null && connectedAt !== undefined ? { first: step(picture - connectedAt) } : {}),
      ...(picture !== null ? { total: step(picture - this.begunAt) } : {}),
    };
  }
}
