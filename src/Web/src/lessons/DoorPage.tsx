import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { api } from '../api/client';
import type { Joining } from '../api/types';
import { maybe } from '../i18n/maybe';
import { LinkButton } from '../look/Button';
import { Placeholder } from '../look/Loaded';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';

/** The tab that "Open Zoom" opens: asks for the door at that moment, because it may be of this person's own and short-lived, and goes through. */
export default function DoorPage() {
  const { t, i18n } = useTranslation();
  const id = useParams().id!;
  const joining = useQuery({
    queryKey: ['door', id],
    // Asked for once per visit, and never kept: the address may be a secret.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    queryFn: () => api.post<Joining>(`/v1/lessons/${id}/join`),
  });
  useEffect(() => {
    if (!joining.data) return;
    // In place of this page, so that "back" does not open the door again.
    window.location.replace('joinUrl' in joining.data ? joining.data.joinUrl : `/lessons/${id}/room`);
  }, [joining.data, id]);
  const provider = joining.data?.provider;
  return (
    <Page title={provider ? t('where.opening', { provider: maybe(i18n, t, `provider.${provider}`) ?? provider }) : t('lesson.title')} narrow>
      {joining.isError ? <ProblemNotice error={joining.error} /> : <Placeholder />}
      <div className="actions"><LinkButton to={`/lessons/${id}`}>{t('where.toLesson')}</LinkButton></div>
    </Page>
  );
}
