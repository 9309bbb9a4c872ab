import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf } from '../api/client';
import type { webhooks } from '../api/openapi';
import type { Delivery, DeliveryState, Endpoint, List, NewEndpoint, WantedEndpoint } from '../api/types';

const endpoints = ['webhook-endpoints'];
const deliveries = ['webhook-deliveries'];

/** What an endpoint may hear of, in the order of docs/events.md; the contract's own list, or it does not compile. */
const heard: Record<Exclude<keyof webhooks, 'webhook.test'>, true> = {
  'booking.requested': true, 'booking.confirmed': true, 'booking.declined': true, 'booking.rescheduled': true, 'booking.cancelled': true, 'booking.expired': true,
  'lesson.booked': true, 'lesson.moved': true, 'lesson.cancelled': true, 'lesson.started': true, 'lesson.ended': true,
  'recording.ready': true, 'recording.deleted': true, 'availability.changed': true,
};
export const types = Object.keys(heard);

export function useEndpoints() {
  return useQuery({ queryKey: endpoints, queryFn: ({ signal }) => api.get<List<Endpoint>>('/v1/webhooks/endpoints', signal) });
}

/** The answers of making and rotating have the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedEndpoint) => api.post<NewEndpoint>('/v1/webhooks/endpoints', wanted),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useRotateEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (id: string) => api.post<NewEndpoint>(`/v1/webhooks/endpoints/${id}/rotate-secret`),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useChangeEndpoint({ id, version }: Endpoint) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ url, types: chosen }: WantedEndpoint) => api.request('PATCH', `/v1/webhooks/endpoints/${id}`, { body: { url, types: chosen }, ifMatch: etagOf(version) }),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useRemoveEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.request('DELETE', `/v1/webhooks/endpoints/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useToldEndpoint(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (verb: 'enable' | 'disable' | 'test') => api.post(`/v1/webhooks/endpoints/${id}/${verb}`),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: endpoints }), queries.invalidateQueries({ queryKey: deliveries })]),
  });
}

/** Newest first; looked at again while something is on its way. */
export function useDeliveries(endpoint: string, state: DeliveryState | 'all') {
  return useInfiniteQuery({
    queryKey: [...deliveries, endpoint, state],
    queryFn: ({ pageParam, signal }) => api.get<List<Delivery>>(
      `/v1/webhooks/deliveries?endpoint=${endpoint}&limit=20${state === 'all' ? '' : `&state=${state}`}${pageParam ? `&after=${encodeURIComponent(pageParam)}` : ''}`, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state: { data } }) => data?.pages.some(({ items }) => items.some((one) => one.state === 'waiting')) ? 3000 : false,
  });
}

export function useDelivery(id: string, attempts: number) {
  return useQuery({ queryKey: [...deliveries, id, attempts], queryFn: ({ signal }) => api.get<Delivery>(`/v1/webhooks/deliveries/${id}`, signal) });
}

export function useReplay() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post(`/v1/webhooks/deliveries/${id}/replay`),
    onSettled: () => queries.invalidateQueries({ queryKey: deliveries }),
  });
}
