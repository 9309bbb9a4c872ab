/** The messages of docs/protocol.md. */

export type Role = 'tutor' | 'student' | 'guardian';
export type MediaKind = 'audio' | 'video';
export type ConnectionKind = 'publish' | 'subscribe';

export interface JoinAnswer {
  provider: string;
  joinUrl?: string;
  room?: string;
  ticket?: string;
  iceServers?: RTCIceServer[];
  signalUrl?: string;
}

export interface Participant {
  participantId: string;
  displayName: string;
  role: Role;
  audioMuted: boolean;
  videoMuted: boolean;
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
  secret: string;
  room: string;
  profile: Profile;
  lesson: { start: string; end: string; closesAt: string; started: boolean };
  participants: Participant[];
  tracks: Track[];
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
  | { type: 'lessonStarted'; at: string }
  | { type: 'fallback'; provider: string }
  | { type: 'roomClosed'; reason: CloseReason }
  | { type: 'error'; code: string; detail: string; id?: number };

export type ClientMessage =
  | { type: 'join'; ticket: string }
  | { type: 'resume'; secret: string }
  | { type: 'offer'; id: number; connection: ConnectionKind; sdp: string; tracks?: Record<string, string> }
  | { type: 'iceCandidate'; connection: ConnectionKind; candidate: string; sdpMid?: string; sdpMLineIndex?: number }
  | { type: 'mute'; kind: MediaKind; muted: boolean }
  | { type: 'endLesson' }
  | { type: 'leave' };

/** Close codes that mean: do not come back by yourself. */
export const finalCloseCodes: ReadonlySet<number> = new Set([1000, 4403, 4409, 4410]);
