import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, matching, tagged, told, type Answer } from '../api/client';
import type { Connection, List, MeetingPreferences, ProviderName } from '../api/types';

/** Every way of meeting as this tutor has it; asked only of a tutor. */
export function useConnections(tutorId: string | null | undefined) {
  return useQuery({
    queryKey: ['connections', tutorId],
    enabled: Boolean(tutorId),
    queryFn: ({ signal }): Promise<List<Connection>> => told(api.GET('/v1/tutors/{tutorId}/connections', { params: { path: { tutorId: tutorId! } }, signal })),
  });
}

/** Leads to the provider's own page, in this tab: it sends the browser back to ours. */
export function useConnect(tutorId: string) {
  return useMutation({
    mutationFn: (provider: ProviderName) => told(api.POST('/v1/tutors/{tutorId}/connections/{provider}', { params: { path: { tutorId, provider } } })),
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
    mutationFn: (keys: JitsiKeys) => api.POST('/v1/tutors/{tutorId}/connections/jitsi/keys', { params: { path: { tutorId } }, body: keys }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['connections'] }),
  });
}

export function useDisconnect(tutorId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (provider: ProviderName) => api.DELETE('/v1/tutors/{tutorId}/connections/{provider}', { params: { path: { tutorId, provider } } }),
    onSettled: () => Promise.all(['connections', 'lessons'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

const preferences = (tutorId: string) => ['meeting-preferences', tutorId];

export function usePreferences(tutorId: string) {
  return useQuery({
    queryKey: preferences(tutorId),
    queryFn: ({ signal }): Promise<Answer<MeetingPreferences>> => tagged(api.GET('/v1/tutors/{tutorId}/meeting-preferences', { params: { path: { tutorId } }, signal })),
  });
}

/** Saves at once; what was changed elsewhere meanwhile is read anew and shown instead of being overwritten. */
export function useSavePreferences(tutorId: string) {
  const queries = useQueryClient();
  const key = preferences(tutorId);
  return useMutation({
    // One after the other: each is saved on top of the one before.
    scope: { id: key.join() },
    mutationFn: (wanted: MeetingPreferences): Promise<Answer<MeetingPreferences>> =>
      tagged(api.PUT('/v1/tutors/{tutorId}/meeting-preferences', {
        params: { path: { tutorId }, header: matching(queries.getQueryData<Answer<MeetingPreferences>>(key)?.etag) },
        body: wanted,
      })),
    onSuccess: (answer) => queries.setQueryData(key, answer),
    onError: () => queries.invalidateQueries({ queryKey: key }),
  });
}
