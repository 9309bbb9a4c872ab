import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useSyncExternalStore } from 'react';
import { api, tagged, type Answer } from '../api/client';
import { session } from '../api/session';
import type { Me } from '../api/types';

export function useSignedIn(): boolean {
  return useSyncExternalStore(session.subscribe, () => session.mayBeSignedIn);
}

export interface MeWithTag extends Me {
  etag: string | null;
}

export function useMeQuery() {
  const signedIn = useSignedIn();
  return useQuery({
    queryKey: ['me'],
    enabled: signedIn,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<MeWithTag> => {
      const { data, etag }: Answer<Me> = await tagged(api.GET('/v1/me', { signal }));
      return { ...data, etag };
    },
  });
}

export const MeContext = createContext<MeWithTag | null>(null);

/** Who is signed in; only below `SignedIn`. */
export function useMe(): MeWithTag {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe stands outside of SignedIn');
  return me;
}

/** For whom this person may book: themselves and their children. A child on a device of their own has no mail address. */
export interface Learner {
  studentId: string;
  displayName: string;
  timeZone: string;
  child: boolean;
}

export function learnersOf(me: Me): Learner[] {
  const own = me.studentId ? [{ studentId: me.studentId, displayName: me.displayName, timeZone: me.timeZone, child: !me.email }] : [];
  return [...own, ...me.children.map((child) => ({ ...child, child: true }))];
}

/** Whose side of a lesson this person stands on. */
export function sideOf(me: Me, lesson: { tutorId: string }): 'tutor' | 'student' {
  return me.tutorId === lesson.tutorId ? 'tutor' : 'student';
}
