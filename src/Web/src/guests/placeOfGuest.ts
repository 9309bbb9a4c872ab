import type { RoomPlace } from '../room/place';
import { momentText } from './moment';
import { openAsGuest, type KnownGuest } from './visit';

export function placeOfGuest(guest: KnownGuest, locale: string): RoomPlace {
  return {
    open: () => openAsGuest(guest),
    tutorName: guest.tutorName,
    names: [guest.tutorName, momentText(guest.start, locale)],
    // Whoever got so far was told that the room is open; asking again says it if that is no longer so.
    opensAt: null,
    closed: null,
    lesson: null,
  };
}
