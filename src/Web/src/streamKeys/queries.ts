import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { List, NewStreamKey, StreamKey, WantedStreamKey } from '../api/types';

const path = (lessonId: string) => `/v1/lessons/${lessonId}/stream-keys`;
const key = (lessonId: string) => ['stream-keys', lessonId];

/** Read often: whether a program is on air by a key is seen here within seconds. */
export function useStreamKeys(lessonId: string) {
  return useQuery({
    queryKey: key(lessonId),
    refetchInterval: 5_000,
    queryFn: ({ signal }) => api.get<List<StreamKey>>(path(lessonId), signal),
  });
}

/** Its answer has the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeStreamKey(lessonId: string) {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedStreamKey) => api.post<NewStreamKey>(path(lessonId), wanted),
    onSettled: () => queries.invalidateQueries({ queryKey: key(lessonId) }),
  });
}

export function useRevokeStreamKey(lessonId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.request('DELETE', `${path(lessonId)}/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: key(lessonId) }),
  });
}
