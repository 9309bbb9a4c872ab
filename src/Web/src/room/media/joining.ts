import { api, told } from '../../api/client';
import type { Door } from '../../api/types';

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
  const answer: Door = await told(api.POST('/v1/lessons/{id}/fallback', { params: { path: { id: lessonId } } }));
  if (!answer.joinUrl) throw new Error('the fallback names no address');
  return new HeldElsewhere(answer.provider, answer.joinUrl);
}

export async function openRoom(lessonId: string): Promise<OpenedRoom> {
  const door: Door = await told(api.POST('/v1/lessons/{id}/join', { params: { path: { id: lessonId } } }));
  return opened(door);
}

/** The way in that an answer names. */
export function opened(answer: Door): OpenedRoom {
  if (answer.joinUrl) throw new HeldElsewhere(answer.provider, answer.joinUrl);
  if (!answer.ticket || !answer.signalUrl) throw new Error('the join answer names no room');
  return { ticket: answer.ticket, signalUrl: answer.signalUrl, iceServers: answer.iceServers ?? [] };
}
