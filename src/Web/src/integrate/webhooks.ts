import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf, told } from '../api/client';
import type { webhooks } from '../api/openapi';
import type { Delivery, DeliveryState, Endpoint, List, Page, WantedEndpoint } from '../api/types';

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
  return useQuery({ queryKey: endpoints, queryFn: ({ signal }): Promise<List<Endpoint>> => told(api.GET('/v1/webhooks/endpoints', { signal })) });
}

/** The answers of making and rotating have the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedEndpoint) => told(api.POST('/v1/webhooks/endpoints', { body: wanted })),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useRotateEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (id: string) => told(api.POST('/v1/webhooks/endpoints/{id}/rotate-secret', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useChangeEndpoint({ id, version }: Endpoint) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ url, types: chosen }: WantedEndpoint) => api.PATCH('/v1/webhooks/endpoints/{id}', {
      params: { path: { id }, header: { 'If-Match': etagOf(version) } }, body: { url, types: chosen },
    }),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useRemoveEndpoint() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/webhooks/endpoints/{id}', { params: { path: { id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: endpoints }),
  });
}

export function useToldEndpoint(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (verb: 'enable' | 'disable' | 'test') => api.POST(`/v1/webhooks/endpoints/{id}/${verb}`, { params: { path: { id } } }),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: endpoints }), queries.invalidateQueries({ queryKey: deliveries })]),
  });
}

/** Newest first; looked at again while something is on its way. */
export function useDeliveries(endpoint: string, state: DeliveryState | 'all') {
  return useInfiniteQuery({
    queryKey: [...deliveries, endpoint, state],
    queryFn: ({ pageParam, signal }): Promise<Page<Delivery>> => told(api.GET('/v1/webhooks/deliveries', {
      params: { query: { endpoint, limit: 20, ...(state === 'all' ? {} : { state }), ...(pageParam ? { after: pageParam } : {}) } }, signal,
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state: { data } }) => data?.pages.some(({ items }) => items.some((one) => one.state === 'waiting')) ? 3000 : false,
  });
}

export function useDelivery(id: string, attempts: number) {
  return useQuery({ queryKey: [...deliveries, id, attempts], queryFn: ({ signal }): Promise<Delivery> => told(api.GET('/v1/webhooks/deliveries/{id}', { params: { path: { id } }, signal })) });
}

export function useReplay() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.POST('/v1/webhooks/deliveries/{id}/replay', { params: { path: { id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: deliveries }),
  });
}
