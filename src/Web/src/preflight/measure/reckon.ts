import type { Line } from '../wire';

export type Stat = Record<string, unknown>;

/** What getStats said of both directions at one moment. Bytes with their RTP headers; seconds. */
export interface Sample {
  atMs: number;
  bytesSent: number;
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  /** Share of the packets that the server missed lately, 0 … 1. */
  lostOnTheWayUp: number;
  /** Of the sound. */
  jitterSeconds: number;
  roundTripSeconds: number;
}

export function sampleOf(atMs: number, sent: Stat[], received: Stat[]): Sample {
  const outbound = sent.filter((stat) => stat.type === 'outbound-rtp');
  const inbound = received.filter((stat) => stat.type === 'inbound-rtp');
  const remote = sent.filter((stat) => stat.type === 'remote-inbound-rtp');
  return {
    atMs,
    bytesSent: sum(outbound, 'bytesSent') + sum(outbound, 'headerBytesSent'),
    bytesReceived: sum(inbound, 'bytesReceived') + sum(inbound, 'headerBytesReceived'),
    packetsReceived: sum(inbound, 'packetsReceived'),
    packetsLost: sum(inbound, 'packetsLost'),
    lostOnTheWayUp: Math.max(0, ...remote.map((stat) => number(stat.fractionLost))),
    jitterSeconds: Math.max(0, ...inbound.filter((stat) => stat.kind === 'audio').map((stat) => number(stat.jitter))),
    roundTripSeconds: roundTripOf(sent) ?? roundTripOf(received) ?? Math.max(0, ...remote.map((stat) => number(stat.roundTripTime))),
  };
}

/** The mean round trip of the pair of addresses in use. */
function roundTripOf(stats: Stat[]): number | undefined {
  const transport = stats.find((stat) => stat.type === 'transport');
  const pairs = stats.filter((stat) => stat.type === 'candidate-pair');
  const pair =
    pairs.find((stat) => stat.id === transport?.selectedCandidatePairId) ?? pairs.find((stat) => stat.nominated === true && stat.state === 'succeeded');
  if (!pair) return undefined;
  const responses = number(pair.responsesReceived);
  const mean = responses > 0 ? number(pair.totalRoundTripTime) / responses : 0;
  return mean > 0 ? mean : number(pair.currentRoundTripTime) || undefined;
}

/** The line between two moments; null when hardly anything came back. */
export function lineBetween(first: Sample, last: Sample): Line | null {
  const seconds = (last.atMs - first.atMs) / 1000;
  const received = last.packetsReceived - first.packetsReceived;
  const lost = Math.max(0, last.packetsLost - first.packetsLost);
  if (seconds < 0.5 || received < 20) return null;
  return {
    roundTripMilliseconds: bounded(Math.round(last.roundTripSeconds * 10_000) / 10, 60_000),
    lossPercent: bounded(Math.round((1000 * lost) / (received + lost)) / 10, 100),
    jitterMilliseconds: bounded(Math.round(last.jitterSeconds * 10_000) / 10, 10_000),
    upKbps: bounded(Math.round((rate(last.bytesSent - first.bytesSent, seconds)) * (1 - last.lostOnTheWayUp)), 1_000_000),
    downKbps: bounded(Math.round(rate(last.bytesReceived - first.bytesReceived, seconds)), 1_000_000),
  };
}

function rate(bytes: number, seconds: number): number {
  return (bytes * 8) / 1000 / seconds;
}

function bounded(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

function sum(stats: Stat[], name: string): number {
  return stats.reduce((total, stat) => total + number(stat[name]), 0);
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
