/** The messages of docs/protocol.md. */

/** Its version that this client speaks. */
export const protocol = 1;

export type Role = 'tutor' | 'student' | 'guardian' | 'guest';
export type MediaKind = 'audio' | 'video';
export type ConnectionKind = 'publish' | 'subscribe';

export interface Participant {
  participantId: string;
  displayName: string;
  role: Role;
  audioMuted: boolean;
  videoMuted: boolean;
  /** By the tutor: the server does not pass it on. */
  audioSilenced: boolean;
  videoSilenced: boolean;
}

export interface WaitingPerson {
  waitingId: string;
  displayName: string;
  role: Role;
}

export type PictureState = 'whole' | 'smaller' | 'thinned' | 'paused' | 'hidden';

/** Whether the room is recorded. */
export interface Recording {
  state: 'off' | 'waiting' | 'on' | 'paused' | 'failed';
  /** Names of those who have not agreed, or cannot. */
  for: string[];
  /** Names of those whose picture is sent in a codec that cannot be recorded. */
  soundOnly: string[];
}

interface OneWay {
  participantId: string;
  milliseconds: number;
}

export interface Track {
  trackId: string;
  participantId: string;
  kind: MediaKind;
}

export interface Profile {
  music: boolean;
  /** bit/s */
  audioBitrate: number;
  /** pixels */
  maxVideoHeight: number;
}

export interface Joined {
  type: 'joined';
  participantId: string;
  protocol: number;
  secret: string;
  /** Seconds that the seat waits for a lost socket. */
  resumeWithin: number;
  room: string;
  profile: Profile;
  lesson: { start: string; end: string; closesAt: string; started: boolean };
  self: Participant;
  participants: Participant[];
  tracks: Track[];
  spotlight?: string;
  speaker?: string;
  delays: OneWay[];
  /** The subscribing connection may have the data channel `muse.timing`; servers before it do not say so. */
  timing?: boolean;
  /** Seconds after which the server wants to know what was measured; an older one does not ask. */
  measureEvery?: number;
  /** Only for those who keep the door. */
  doorClosed?: boolean;
  waiting?: WaitingPerson[];
  /** Servers that cannot record do not say it. */
  recording?: Recording;
}

export interface MeasuredTrack {
  trackId: string;
  samples?: number;
  concealed?: number;
  freezes?: number;
  frozen?: number;
  jitterBuffer?: number;
  width?: number;
  height?: number;
}

export type LeaveReason = 'left' | 'lost' | 'replaced' | 'closed';
export type CloseReason = 'ended' | 'over' | 'cancelled' | 'moved' | 'fallback';

export type ServerMessage =
  | Joined
  | { type: 'answer'; id: number; connection: ConnectionKind; sdp: string }
  | { type: 'participantJoined'; participant: Participant }
  | { type: 'participantLeft'; participantId: string; reason: LeaveReason }
  | { type: 'trackPublished'; track: Track }
  | { type: 'trackUnpublished'; trackId: string }
  | { type: 'muted'; participantId: string; kind: MediaKind; muted: boolean }
  | { type: 'waiting'; waitingId: string; room: string; reason: 'door_closed' | 'guest'; lesson: Joined['lesson'] }
  | { type: 'waitingPeople'; people: WaitingPerson[] }
  | { type: 'door'; closed: boolean }
  | { type: 'silenced'; participantId: string; kind: MediaKind; silenced: boolean }
  | { type: 'spotlight'; participantId?: string }
  | { type: 'speaker'; participantId?: string }
  | { type: 'picture'; trackId: string; state: PictureState; height: number }
  | { type: 'delays'; oneWay: OneWay[] }
  | { type: 'recording'; recording: Recording }
  | { type: 'pong' }
  | { type: 'lessonStarted'; at: string }
  | { type: 'fallback'; provider: string }
  | { type: 'roomClosed'; reason: CloseReason }
  | { type: 'error'; code: string; detail: string; id?: number };

export type ClientMessage =
  | { type: 'join'; ticket: string; protocol: number }
  | { type: 'resume'; secret: string }
  | { type: 'offer'; id: number; connection: ConnectionKind; sdp: string; tracks?: Record<string, string> }
  | { type: 'iceCandidate'; connection: ConnectionKind; candidate: string; sdpMid?: string; sdpMLineIndex?: number }
  | { type: 'mute'; kind: MediaKind; muted: boolean }
  | { type: 'view'; trackId: string; height: number }
  | {
      type: 'measured';
      tracks: MeasuredTrack[];
      path?: 'udp' | 'tcp' | 'relayUdp' | 'relayTcp' | 'relayTls';
      roundTrip?: number;
      processing?: { echoCancellation?: boolean; noiseSuppression?: boolean; autoGainControl?: boolean };
    }
  | { type: 'timing'; ticket: number; socket: number; offering?: number; signalling?: number; first?: number; total?: number }
  | { type: 'silence'; kind: MediaKind; silenced: boolean; participantId?: string }
  | { type: 'spotlight'; participantId?: string }
  | { type: 'door'; closed: boolean }
  | { type: 'admit'; waitingId?: string }
  | { type: 'refuse'; waitingId: string }
  | { type: 'record'; on: boolean }
  | { type: 'ping' }
  | { type: 'endLesson' }
  | { type: 'leave' };

/** Close codes that mean: do not come back by yourself. */
export const finalCloseCodes: ReadonlySet<number> = new Set([1000, 4403, 4406, 4409, 4410, 4426]);
