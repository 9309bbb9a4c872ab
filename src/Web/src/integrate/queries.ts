import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { ApiKey, Integrator, List, NewApiKey, SandboxPeople, WantedApiKey } from '../api/types';

const keys = ['api-keys'];
const integrators = ['integrators'];
const sandbox = ['sandbox'];

export function useApiKeys() {
  return useQuery({ queryKey: keys, queryFn: ({ signal }) => api.get<List<ApiKey>>('/v1/api-keys?limit=100', signal) });
}

/** The answers of making and rotating have the secret: it is kept as long as the page is open, and nowhere else. */
export function useMakeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (wanted: WantedApiKey) => api.post<NewApiKey>('/v1/api-keys', wanted),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useRotateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (id: string) => api.post<NewApiKey>(`/v1/api-keys/${id}/rotate`),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.request('DELETE', `/v1/api-keys/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: keys }),
  });
}

export function useIntegrators() {
  return useQuery({ queryKey: integrators, queryFn: ({ signal }) => api.get<List<Integrator>>('/v1/admin/integrators?limit=100', signal) });
}

export function useAddIntegrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (email: string) => api.post<Integrator>('/v1/admin/integrators', { email }),
    onSettled: () => queries.invalidateQueries({ queryKey: integrators }),
  });
}

export function useRemoveIntegrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (personId: string) => api.request('DELETE', `/v1/admin/integrators/${personId}`),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: integrators }), queries.invalidateQueries({ queryKey: keys })]),
  });
}

export function useSandbox() {
  return useQuery({ queryKey: sandbox, queryFn: ({ signal }) => api.get<SandboxPeople>('/v1/sandbox', signal) });
}

export function useFillSandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<SandboxPeople>('/v1/sandbox'),
    onSettled: () => queries.invalidateQueries({ queryKey: sandbox }),
  });
}

export function useEmptySandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.request('DELETE', '/v1/sandbox'),
    onSettled: () => queries.invalidateQueries({ queryKey: sandbox }),
  });
}
