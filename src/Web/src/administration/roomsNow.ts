/** What GET /v1/admin/rooms answers (src/Api/Rooms/Quality/RoomNow.cs). */
export interface RoomNow {
  roomId: string;
  since: number;
  profile: string;
  listeners: number;
  forwardDelayMedian?: number | null;
  forwardDelayWorst?: number | null;
  people: PersonNow[];
}

export interface PersonNow {
  participantId: string;
  role: 'tutor' | 'student' | 'guardian' | 'guest';
  isStream: boolean;
  isConnected: boolean;
  roundTrip?: number | null;
  path?: 'udp' | 'tcp' | 'relayUdp' | 'relayTcp' | 'relayTls' | null;
  iceRestarts: number;
  processing?: Partial<Record<Processing, boolean | null>> | null;
  join?: Partial<Record<Step, number | null>> | null;
  sends: SentNow[];
  gets: GottenNow[];
  /** The data channel; rates a second. */
  data?: { isOpen: boolean; received: number; sent: number; bitrate: number; dropped: number } | null;
}

export const processings = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const;
export type Processing = (typeof processings)[number];

export const steps = ['ticket', 'socket', 'offer', 'signalling', 'ice', 'dtls', 'keyFrame', 'show', 'total'] as const;
export type Step = (typeof steps)[number];

interface TrackNow {
  trackId: string;
  kind: 'audio' | 'video';
  bitrate: number;
  loss?: number | null;
  jitter: number;
  nacks: number;
  keyFrameRequests: number;
}

export interface SentNow extends TrackNow {
  source: 'microphone' | 'camera' | 'screen' | 'screen_audio';
  codec: string;
  isSilenced: boolean;
  layers: { rid: string; height: number; bitrate: number }[];
}

export interface GottenNow extends TrackNow {
  picture?: 'whole' | 'smaller' | 'thinned' | 'paused' | 'hidden' | null;
  rid?: string | null;
  height: number;
  spatialLayer?: number | null;
  temporalLayer?: number | null;
  concealed?: number | null;
  freezes?: number | null;
  jitterBuffer?: number | null;
}
