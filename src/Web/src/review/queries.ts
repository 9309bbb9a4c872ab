import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';

export interface RecordingTrack {
  number: number;
  part: string;
  kind: 'audio' | 'video';
  source: string;
  codec: string;
  /** ms since the recording began. */
  from: number;
  length: number;
  size: number;
  missing: number;
}

export interface Recording {
  id: string;
  provider: string;
  kind: string;
  mediaType: string;
  size?: number | null;
  from: string;
  to?: string | null;
  state: 'recording' | 'paused' | 'stopped' | 'found' | 'shelved' | 'fetch_failed';
  missing?: number | null;
  tracks: RecordingTrack[];
}

export interface RecordingList {
  items: Recording[];
  mayDelete: boolean;
}

export interface ReviewSide {
  playlist: string;
  part: string;
  name: string;
  hasPicture: boolean;
  hasSound: boolean;
  /** ms into the recording at which the side's own clock is 0. */
  from: number;
  length: number;
}

export interface Review {
  address: string;
  until: string;
  /** ms since the lesson's planned start, as the place of a mark. */
  place: number;
  /** ms */
  length: number;
  sides: ReviewSide[];
}

const pathOf = (lesson: string) => `/v1/lessons/${lesson}/recordings`;

export function useRecordings(lesson: string, isWanted: boolean) {
  return useQuery<RecordingList>({
    queryKey: ['lessons', 'recordings', lesson],
    enabled: isWanted,
    // While one is being made or looked through it changes by itself.
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.state !== 'shelved' && one.state !== 'fetch_failed') ? 5_000 : 60_000),
    queryFn: ({ signal }) => api.get<RecordingList>(pathOf(lesson), signal),
  });
}

/** An address for the player; asked for anew before it ends. */
export function useReview(lesson: string, recording: string) {
  return useQuery({
    queryKey: ['review', recording],
    staleTime: 60 * 60_000,
    refetchInterval: 90 * 60_000,
    refetchOnWindowFocus: false,
    queryFn: () => api.post<Review>(`${pathOf(lesson)}/${recording}/viewings`),
  });
}

export function useDeleteRecording(lesson: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (recording: string) => api.request('DELETE', `${pathOf(lesson)}/${recording}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['lessons'] }),
  });
}
