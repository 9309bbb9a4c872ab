import { api, told } from '../api/client';
import { opened, type OpenedRoom } from '../room/media/joining';
import type { GuestVisit } from '../api/types';

/** What a guest says of themselves, and the secret of the link. */
export interface Guest {
  secret: string;
  displayName: string;
  country: string;
}

/** Kept in the history entry of the room's page, which outlives a reload and is in no address. */
export interface KnownGuest extends Guest, Pick<GuestVisit, 'visit' | 'tutorName' | 'start' | 'end'> {}

export function visitAsGuest(guest: Guest, visit?: string): Promise<GuestVisit> {
  const { secret, displayName, country } = guest;
  return told(api.POST('/v1/guest-visits', { body: { secret, displayName, country, ...(visit === undefined ? {} : { visit }) } }));
}

export async function openAsGuest(guest: KnownGuest): Promise<OpenedRoom> {
  return opened((await visitAsGuest(guest, guest.visit)).door);
}
