import type { Told } from '../api/types';

/** What GET /v1/admin/rooms answers (src/Api/Rooms/Quality/RoomNow.cs), with its words. */
export type RoomNow = Told<'RoomNow', { people: PersonNow[] }>;

export type PersonNow = Told<'PersonNow', {
  path: 'udp' | 'tcp' | 'relayUdp' | 'relayTcp' | 'relayTls' | null;
  sends: SentNow[];
  gets: GottenNow[];
}>;

export type SentNow = Told<'SentNow', { source: 'microphone' | 'camera' | 'screen' | 'screen_audio' }>;
export type GottenNow = Told<'GottenNow'>;

export const processings = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const;
export type Processing = (typeof processings)[number];

export const steps = ['ticket', 'socket', 'offer', 'signalling', 'ice', 'dtls', 'keyFrame', 'show', 'total'] as const;
export type Step = (typeof steps)[number];
