import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, etagOf, told } from '../api/client';
import type { Booking, BookingState, Lesson, Page } from '../api/types';
import { serverNow } from '../time/clock';

/** Whole minutes, so that the query's key stays the same while a page is read. */
function minuteAgo(hours: number): string {
  const minute = 60_000;
  return new Date(Math.floor(serverNow() / minute) * minute - hours * 3_600_000).toISOString().replace('.000Z', 'Z');
}

/** Lessons from five hours ago on, soonest first: one that still runs is among them. */
export function useComingLessons() {
  return useQuery({
    queryKey: ['lessons', 'coming'],
    refetchInterval: 60_000,
    queryFn: ({ signal }): Promise<Page<Lesson>> => told(api.GET('/v1/lessons', { params: { query: { from: minuteAgo(5), limit: 50 } }, signal })),
  });
}

export function usePastLessons() {
  return useQuery({
    queryKey: ['lessons', 'past'],
    queryFn: ({ signal }): Promise<Page<Lesson>> => told(api.GET('/v1/lessons', { params: { query: { from: minuteAgo(24 * 90), to: minuteAgo(0), limit: 100 } }, signal })),
  });
}

/** Milliseconds until a lesson is looked at again: soon while an errand arranges its meeting, and often while people come and go. */
function pause(lesson: Lesson | undefined): number {
  if (!lesson) return 60_000;
  if (lesson.meeting.state === 'arranging') return 2_000;
  // Most often only the first provider failed, and the next one is at it.
  if (lesson.meeting.state === 'failed') return 5_000;
  const around = 15 * 60_000;
  const now = serverNow();
  return now > Date.parse(lesson.start) - around && now < Date.parse(lesson.end) + around ? 10_000 : 60_000;
}

export function useLesson(id: string) {
  return useQuery<Lesson>({
    queryKey: ['lessons', 'one', id],
    refetchInterval: (query) => pause(query.state.data),
    queryFn: ({ signal }): Promise<Lesson> => told(api.GET('/v1/lessons/{id}', { params: { path: { id } }, signal })),
  });
}

/** What hangs on a lesson is read anew as soon as the lesson is seen to have changed. */
export function useFollowing({ id, start, state, meeting }: Lesson) {
  const queries = useQueryClient();
  const seen = `${start} ${state} ${meeting.provider} ${meeting.state}`;
  useEffect(() => {
    for (const part of ['meeting', 'timeline']) void queries.invalidateQueries({ queryKey: ['lessons', part, id] });
  }, [queries, id, seen]);
}

/** Where it is held and why. */
export function useMeeting(lesson: Lesson) {
  return useQuery({
    queryKey: ['lessons', 'meeting', lesson.id],
    refetchInterval: () => pause(lesson),
    queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/meeting', { params: { path: { id: lesson.id } }, signal })),
  });
}

/** Asks every provider once more for a lesson that all had failed. */
export function useTryAgain(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => told(api.POST('/v1/lessons/{id}/meeting/try-again', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['lessons'] }),
  });
}

export function useTimeline(lesson: Lesson) {
  return useQuery({
    queryKey: ['lessons', 'timeline', lesson.id],
    refetchInterval: () => pause(lesson),
    queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/timeline', { params: { path: { id: lesson.id } }, signal })),
  });
}

export function useBookings(state: BookingState) {
  return useQuery({
    queryKey: ['bookings', state],
    refetchInterval: 60_000,
    queryFn: ({ signal }): Promise<Page<Booking>> => told(api.GET('/v1/bookings', { params: { query: { state, limit: 100 } }, signal })),
  });
}

export function useBooking(id: string) {
  return useQuery({ queryKey: ['bookings', 'one', id], queryFn: ({ signal }): Promise<Booking> => told(api.GET('/v1/bookings/{id}', { params: { path: { id } }, signal })) });
}

export type BookingVerb = 'confirm' | 'decline' | 'cancel';

/** A verb on a booking as it was seen: somebody else's change in between is a 412, never overwritten. */
export function useBookingVerb() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ booking, verb, reason }: { booking: Pick<Booking, 'id' | 'version'>; verb: BookingVerb; reason?: string }): Promise<Booking> => {
      const params = { path: { id: booking.id }, header: { 'If-Match': etagOf(booking.version) } };
      return verb === 'confirm' ? told(api.POST('/v1/bookings/{id}/confirm', { params })) : told(api.POST(`/v1/bookings/{id}/${verb}`, { params, body: reason === undefined ? {} : { reason } }));
    },
    onSettled: () => {
      for (const key of ['bookings', 'lessons', 'slots']) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
}

export function isOver(lesson: Lesson, now: number): boolean {
  return lesson.state === 'ended' || lesson.state === 'cancelled' || Date.parse(lesson.end) <= now;
}
