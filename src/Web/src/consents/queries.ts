import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf } from '../api/client';
import type { Consent } from '../api/types';

const pathOf = (personId: string) => `/v1/people/${personId}/consents/recording`;

export function useRecordingConsent(personId: string) {
  return useQuery({ queryKey: ['consents', personId], queryFn: ({ signal }) => api.get<Consent>(pathOf(personId), signal) });
}

/** Giving counts on the version that is shown; taking back counts whatever was said in between. */
export function useSayRecording(consent: Consent) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (agrees: boolean) => agrees
      ? api.request<Consent>('PUT', pathOf(consent.personId), { ifMatch: etagOf(consent.version) })
      : api.request('DELETE', pathOf(consent.personId)),
    onSettled: () => Promise.all([
      queries.invalidateQueries({ queryKey: ['consents', consent.personId] }),
      queries.invalidateQueries({ queryKey: ['lessons'] }),
    ]),
  });
}
