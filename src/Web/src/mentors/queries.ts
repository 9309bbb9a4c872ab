import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { List, Match, MentorRequest, Slots, Tutor } from '../api/types';

export function useOpenTutors() {
  return useQuery({ queryKey: ['tutors'], queryFn: ({ signal }) => api.get<List<Tutor>>('/v1/tutors?limit=20', signal) });
}

export function useTutor(id: string) {
  return useQuery({ queryKey: ['tutors', id], queryFn: ({ signal }) => api.get<Tutor>(`/v1/tutors/${id}`, signal) });
}

export function useMentorRequest(id: string) {
  return useQuery({ queryKey: ['mentor-requests', id], queryFn: ({ signal }) => api.get<MentorRequest>(`/v1/mentor-requests/${id}`, signal) });
}

export function useMatches(id: string) {
  return useQuery({ queryKey: ['mentor-requests', id, 'matches'], queryFn: ({ signal }) => api.get<List<Match>>(`/v1/mentor-requests/${id}/matches`, signal) });
}

/** Open slots on the viewer's calendar days, both ends included. */
export function useSlots(tutorId: string, wish: { fromDate: string; toDate: string; viewerZone: string; durationMinutes: number; studentId?: string }) {
  return useQuery({
    queryKey: ['slots', tutorId, wish],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ ...wish, durationMinutes: String(wish.durationMinutes) });
      return api.get<Slots>(`/v1/tutors/${tutorId}/slots?${search}`, signal);
    },
  });
}
