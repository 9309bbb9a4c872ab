/** The wire of docs/api.md, "Preflights", with its words. */
import type { IceServer } from '../api/types';

export const paths = ['udp', 'tcp', 'turn-udp', 'turn-tcp', 'turns-tls'] as const;
export type Path = (typeof paths)[number];

/** Through no relay. */
export const isDirect = (path: Path): path is 'udp' | 'tcp' => path === 'udp' || path === 'tcp';

export type Outcome = 'connected' | 'timed_out' | 'failed' | 'refused';
export type DeviceState = 'ok' | 'silent' | 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';
export type Browser = 'chromium' | 'firefox' | 'safari' | 'other';
export type LineFault = 'slow_up' | 'slow_down' | 'loss' | 'jitter' | 'far';
export type Outlook = 'works' | 'works_over_tcp' | 'works_with_relay' | 'works_poorly' | 'blocked' | 'not_allowed_in_country' | 'not_set_up' | 'not_measured';

export interface TriedPath {
  path: Path;
  outcome: Outcome;
  setupMilliseconds?: number | null;
}

export interface Line {
  roundTripMilliseconds: number;
  lossPercent: number;
  jitterMilliseconds: number;
  upKbps: number;
  downKbps: number;
}

export interface Sound {
  echoCancellation: boolean | null;
  noiseSuppression: boolean | null;
  autoGainControl: boolean | null;
  channelCount: number | null;
  sampleRate: number | null;
}

export interface Report {
  paths: TriedPath[];
  line: Line | null;
  microphone: DeviceState;
  camera: DeviceState;
  sound: Sound | null;
  browser: Browser;
}

export interface Begun {
  id: string;
  room: string | null;
  ticket: string | null;
  signalUrl: string | null;
  ways: { path: Path; iceServers: IceServer[] }[];
  limits: { roomClosesAt: string; resultUntil: string; maxKbps: number };
}

export interface Result extends Report {
  id: string;
  at: string;
  agesOutAt: string;
  counts: boolean;
  bestPath: Path | null;
  lineFaults: LineFault[];
}

export interface Answer {
  roomOffered: boolean;
  latest: Result | null;
  providers: { provider: string; code: Outlook; why: LineFault[] }[];
}
