import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf, told } from '../api/client';
import type { Consent } from '../api/types';

const path = '/v1/people/{personId}/consents/{purpose}';
const to = (personId: string) => ({ personId, purpose: 'recording' });

export function useRecordingConsent(personId: string) {
  return useQuery({ queryKey: ['consents', personId], queryFn: ({ signal }) => told(api.GET(path, { params: { path: to(personId) }, signal })) });
}

/** Giving counts on the version that is shown; taking back counts whatever was said in between. */
export function useSayRecording(consent: Consent) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (agrees: boolean) => agrees
      ? told(api.PUT(path, { params: { path: to(consent.personId), header: { 'If-Match': etagOf(consent.version) } } }))
      : told(api.DELETE(path, { params: { path: to(consent.personId) } })),
    onSettled: () => Promise.all([
      queries.invalidateQueries({ queryKey: ['consents', consent.personId] }),
      queries.invalidateQueries({ queryKey: ['lessons'] }),
    ]),
  });
}
