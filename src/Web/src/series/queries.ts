import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf, newKey, told } from '../api/client';
import type { BookingState, Page, Series, SeriesOutlook, WantedSeries } from '../api/types';

export function useSeriesList(state: BookingState) {
  return useQuery({
    queryKey: ['series', 'list', state],
    refetchInterval: 60_000,
    queryFn: ({ signal }): Promise<Page<Series>> => told(api.GET('/v1/series', { params: { query: { state, limit: 100 } }, signal })),
  });
}

export function useSeries(id: string) {
  return useQuery({ queryKey: ['series', 'one', id], queryFn: ({ signal }): Promise<Series> => told(api.GET('/v1/series/{id}', { params: { path: { id } }, signal })) });
}

/** What a series would be; nothing is kept of it. */
export function useOutlook(wanted: WantedSeries | null) {
  return useQuery({
    queryKey: ['slots', 'series', wanted],
    enabled: wanted !== null,
    queryFn: ({ signal }): Promise<SeriesOutlook> => told(api.POST('/v1/series/preview', { body: wanted!, signal })),
  });
}

function useStale() {
  const queries = useQueryClient();
  return () => {
    for (const key of ['series', 'bookings', 'lessons', 'slots']) void queries.invalidateQueries({ queryKey: [key] });
  };
}

export function useRequestSeries() {
  const onSettled = useStale();
  return useMutation({
    mutationFn: (wanted: WantedSeries): Promise<Series> => told(api.POST('/v1/series', { params: { header: { 'Idempotency-Key': newKey() } }, body: wanted })),
    onSettled,
  });
}

export interface SeriesVerb {
  verb: 'confirm' | 'decline' | 'cancel';
  /** Of cancel: this lesson and the following; left out, all that are to come. */
  from?: number;
  reason?: string;
}

/** A verb on a series as it was seen: somebody else's change in between is a 412, never overwritten. */
export function useSeriesVerb(series: Pick<Series, 'id' | 'version'>) {
  const onSettled = useStale();
  return useMutation({
    mutationFn: ({ verb, from, reason }: SeriesVerb): Promise<Series> => {
      const params = { path: { id: series.id }, header: { 'If-Match': etagOf(series.version) } };
      const why = reason === undefined ? {} : { reason };
      return verb === 'confirm' ? told(api.POST('/v1/series/{id}/confirm', { params }))
        : verb === 'decline' ? told(api.POST('/v1/series/{id}/decline', { params, body: why }))
        : told(api.POST('/v1/series/{id}/cancel', { params, body: { ...why, from: from ?? 0 } }));
    },
    onSettled,
  });
}
