import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { MentorRequest, Page, Tutor } from '../api/types';

export function useOpenTutors() {
  return useQuery({ queryKey: ['tutors'], queryFn: ({ signal }): Promise<Page<Tutor>> => told(api.GET('/v1/tutors', { params: { query: { limit: 20 } }, signal })) });
}

export function useTutor(id: string) {
  return useQuery({ queryKey: ['tutors', id], queryFn: ({ signal }): Promise<Tutor> => told(api.GET('/v1/tutors/{tutorId}', { params: { path: { tutorId: id } }, signal })) });
}

export function useMentorRequest(id: string) {
  return useQuery({ queryKey: ['mentor-requests', id], queryFn: ({ signal }): Promise<MentorRequest> => told(api.GET('/v1/mentor-requests/{id}', { params: { path: { id } }, signal })) });
}

export function useMatches(id: string) {
  return useQuery({ queryKey: ['mentor-requests', id, 'matches'], queryFn: ({ signal }) => told(api.GET('/v1/mentor-requests/{id}/matches', { params: { path: { id } }, signal })) });
}

/** Open slots on the viewer's calendar days, both ends included. */
export function useSlots(tutorId: string, wish: { fromDate: string; toDate: string; viewerZone: string; durationMinutes: number; studentId?: string }) {
  return useQuery({
    queryKey: ['slots', tutorId, wish],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => told(api.GET('/v1/tutors/{tutorId}/slots', { params: { path: { tutorId }, query: wish }, signal })),
  });
}
