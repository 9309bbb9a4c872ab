import { api } from '../../api/client';
import type { JoinAnswer } from './protocol';

export interface OpenedRoom {
  ticket: string;
  signalUrl: string;
  iceServers: RTCIceServer[];
}

/** The lesson is held elsewhere: there is an address to go to instead of a room to be in. */
export class HeldElsewhere extends Error {
  readonly status = 409;
  readonly provider: string;
  readonly joinUrl: string;

  constructor(provider: string, joinUrl: string) {
    super(provider);
    this.provider = provider;
    this.joinUrl = joinUrl;
  }
}

/** The room does not connect: asks for the next provider. Everybody in the room is told by the server. */
export async function fallBack(lessonId: string): Promise<HeldElsewhere> {
  const answer = await api.post<JoinAnswer>(`/v1/lessons/${encodeURIComponent(lessonId)}/fallback`);
  if (!answer.joinUrl) throw new Error('the fallback names no address');
  return new HeldElsewhere(answer.provider, answer.joinUrl);
}

export async function openRoom(lessonId: string): Promise<OpenedRoom> {
  return opened(await api.post<JoinAnswer>(`/v1/lessons/${encodeURIComponent(lessonId)}/join`));
}

/** The way in that an answer names. */
export function opened(answer: JoinAnswer): OpenedRoom {
  if (answer.joinUrl) throw new HeldElsewhere(answer.provider, answer.joinUrl);
  if (!answer.ticket || !answer.signalUrl) throw new Error('the join answer names no room');
  return { ticket: answer.ticket, signalUrl: answer.signalUrl, iceServers: answer.iceServers ?? [] };
}
