import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { components } from '../api/openapi';

export type Rendition = components['schemas']['RenditionView'];
type RenditionList = components['schemas']['RenditionList'];
export type Passage = components['schemas']['Passage'];
export type Waveform = components['schemas']['Waveform'];

const keyOf = (recording: string) => ['review', recording, 'renditions'];

/** What is made of a recording besides what was sent; asked again while something is under way, or soon will be: of silence nothing is made. */
export function useRenditions(recording: string, address: string, hasSound: boolean) {
  return useQuery<RenditionList>({
    queryKey: keyOf(recording),
    refetchInterval: ({ state: { data } }) =>
      (data?.items.length ? data.items.some((one) => one.state === 'waiting' || one.state === 'making') : hasSound) ? 3_000 : false,
    queryFn: ({ signal }) => api.given<RenditionList>(`${address}renditions`, signal),
  });
}

export function useWaveform(recording: string, address: string, file: string | null | undefined) {
  return useQuery({
    queryKey: ['review', recording, 'waveform'],
    enabled: !!file,
    staleTime: Infinity,
    queryFn: ({ signal }) => api.given<Waveform>(`${address}${file}`, signal),
  });
}

export function useMerge(lesson: string, recording: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => told(api.POST('/v1/lessons/{id}/recordings/{recordingId}/merged', { params: { path: { id: lesson, recordingId: recording } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf(recording) }),
  });
}
