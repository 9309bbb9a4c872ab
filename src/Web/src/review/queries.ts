import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { components } from '../api/openapi';

export type Recording = components['schemas']['RecordingView'];
type RecordingList = components['schemas']['RecordingList'];
export type Review = components['schemas']['ReviewView'];
export type ReviewSide = components['schemas']['ReviewSide'];

export function useRecordings(lesson: string, isWanted: boolean) {
  return useQuery<RecordingList>({
    queryKey: ['lessons', 'recordings', lesson],
    enabled: isWanted,
    // While one is being made or looked through it changes by itself.
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.state !== 'shelved' && one.state !== 'fetch_failed') ? 5_000 : 60_000),
    queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/recordings', { params: { path: { id: lesson } }, signal })),
  });
}

/** An address that opens a recording for a while: a player and a link can send no right along. */
export const beginViewing = (lesson: string, recording: string) =>
  told(api.POST('/v1/lessons/{id}/recordings/{recordingId}/viewings', { params: { path: { id: lesson, recordingId: recording } } }));

/** An address for the player; asked for anew before it ends. */
export function useReview(lesson: string, recording: string) {
  return useQuery({
    queryKey: ['review', recording],
    staleTime: 60 * 60_000,
    refetchInterval: 90 * 60_000,
    refetchOnWindowFocus: false,
    queryFn: () => beginViewing(lesson, recording),
  });
}

export function useDeleteRecordings(lesson: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (recordings: readonly string[]) => {
      for (const recording of recordings) await api.DELETE('/v1/lessons/{id}/recordings/{recordingId}', { params: { path: { id: lesson, recordingId: recording } } });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['lessons'] }),
  });
}
