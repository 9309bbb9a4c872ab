import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Answer } from '../api/client';
import type { Connection, List, MeetingPreferences, ProviderName } from '../api/types';

/** Every way of meeting as this tutor has it; asked only of a tutor. */
export function useConnections(tutorId: string | null | undefined) {
  return useQuery({
    queryKey: ['connections', tutorId],
    enabled: Boolean(tutorId),
    queryFn: ({ signal }) => api.get<List<Connection>>(`/v1/tutors/${tutorId}/connections`, signal),
  });
}

/** Leads to the provider's own page, in this tab: it sends the browser back to ours. */
export function useConnect(tutorId: string) {
  return useMutation({
    mutationFn: (provider: ProviderName) => api.post<{ authorizeUrl: string }>(`/v1/tutors/${tutorId}/connections/${provider}`),
    onSuccess: ({ authorizeUrl }) => window.location.assign(authorizeUrl),
  });
}

export interface JitsiKeys {
  domain: string;
  appId: string;
  secret: string;
}

export function useConnectJitsi(tutorId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (keys: JitsiKeys) => api.request('POST', `/v1/tutors/${tutorId}/connections/jitsi/keys`, { body: keys }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
}

export function useDisconnect(tutorId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (provider: ProviderName) => api.request('DELETE', `/v1/tutors/${tutorId}/connections/${provider}`),
    onSettled: () => Promise.all(['connections', 'lessons'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

const preferences = (tutorId: string) => ['meeting-preferences', tutorId];

export function usePreferences(tutorId: string) {
  return useQuery({
    queryKey: preferences(tutorId),
    queryFn: ({ signal }) => api.request<MeetingPreferences>('GET', `/v1/tutors/${tutorId}/meeting-preferences`, { signal }),
  });
}

/** Saves at once; what was changed elsewhere meanwhile is read anew and shown instead of being overwritten. */
export function useSavePreferences(tutorId: string) {
  const queries = useQueryClient();
  const key = preferences(tutorId);
  return useMutation({
    // One after the other: each is saved on top of the one before.
    scope: { id: key.join() },
    mutationFn: (wanted: MeetingPreferences) =>
      api.request<MeetingPreferences>('PUT', `/v1/tutors/${tutorId}/meeting-preferences`, {
        body: wanted,
        ifMatch: queries.getQueryData<Answer<MeetingPreferences>>(key)?.etag ?? undefined,
      }),
    onSuccess: (answer) => queries.setQueryData(key, answer),
    onError: () => queries.invalidateQueries({ queryKey: key }),
  });
}
