import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { WantedStreamKey } from '../api/types';

const key = (lessonId: string) => ['stream-keys', lessonId];

/** Read often: whether a program is on air by a key is seen here within seconds. */
export function useStreamKeys(lessonId: string) {
  return useQuery({
    queryKey: key(lessonId),
    refetchInterval: 5_000,
    queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/stream-keys', { params: { path: { id: lessonId } }, signal })),
  });
}

/** Its answer has the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeStreamKey(lessonId: string) {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedStreamKey) => told(api.POST('/v1/lessons/{id}/stream-keys', { params: { path: { id: lessonId } }, body: wanted })),
    onSettled: () => queries.invalidateQueries({ queryKey: key(lessonId) }),
  });
}

export function useRevokeStreamKey(lessonId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/lessons/{id}/stream-keys/{keyId}', { params: { path: { id: lessonId, keyId: id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: key(lessonId) }),
  });
}
