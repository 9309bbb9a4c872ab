import { useMemo } from 'react';
import { Navigate, useLocation } from 'react-router';
import { useLocale } from '../i18n/locale';
import { placeOfGuest } from './placeOfGuest';
import { Room } from '../room/RoomPage';
import type { KnownGuest } from './visit';

/** The room for a guest: the lesson's own, with nothing of the lesson but whose it is and when. */
export default function GuestRoomPage() {
  const guest = useLocation().state as KnownGuest | null;
  const locale = useLocale();
  const place = useMemo(() => (guest ? placeOfGuest(guest, locale) : null), [guest, locale]);
  return place ? <Room place={place} /> : <Navigate to="/guest" replace />;
}
