import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, told } from '../api/client';
import type { ApiKey, Page, WantedApiKey } from '../api/types';

const keys = ['api-keys'];
const integrators = ['integrators'];
const sandbox = ['sandbox'];

export function useApiKeys() {
  return useQuery({ queryKey: keys, queryFn: ({ signal }): Promise<Page<ApiKey>> => told(api.GET('/v1/api-keys', { params: { query: { limit: 100 } }, signal })) });
}

/** The answers of making and rotating have the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedApiKey) => told(api.POST('/v1/api-keys', { body: wanted })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useRotateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (id: string) => told(api.POST('/v1/api-keys/{keyId}/rotate', { params: { path: { keyId: id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/api-keys/{keyId}', { params: { path: { keyId: id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useIntegrators() {
  return useQuery({ queryKey: integrators, queryFn: ({ signal }) => told(api.GET('/v1/admin/integrators', { params: { query: { limit: 100 } }, signal })) });
}

export function useAddIntegrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (email: string) => told(api.POST('/v1/admin/integrators', { body: { email } })),
    onSettled: () => queries.invalidateQueries({ queryKey: integrators }),
  });
}

export function useRemoveIntegrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (personId: string) => api.DELETE('/v1/admin/integrators/{personId}', { params: { path: { personId } } }),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: integrators }), queries.invalidateQueries({ queryKey: keys })]),
  });
}

export function useSandbox() {
  return useQuery({ queryKey: sandbox, queryFn: ({ signal }) => told(api.GET('/v1/sandbox', { signal })) });
}

export function useFillSandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => told(api.POST('/v1/sandbox')),
    onSettled: () => queries.invalidateQueries({ queryKey: sandbox }),
  });
}

export function useEmptySandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.DELETE('/v1/sandbox'),
    onSettled: () => queries.invalidateQueries({ queryKey: sandbox }),
  });
}
