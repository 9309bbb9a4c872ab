import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { api, told } from '../api/client';
import { Problem } from '../api/problem';
import type { Door, Lesson } from '../api/types';
import { maybe } from '../i18n/maybe';
import { Button, LinkButton } from '../look/Button';
import { Placeholder } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';

/** In place of this page, so that "back" does not open the door again. */
function goThrough(id: string, door: Door) {
  // Of our own room the address is null: it is on this page's server.
  window.location.replace(door.joinUrl ? door.joinUrl : `/lessons/${id}/room`);
}

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
    queryFn: (): Promise<Door> => told(api.POST('/v1/lessons/{id}/join', { params: { path: { id } } })),
  });
  const door = joining.data;
  const unsure = door?.unanswered ? door : null;
  useEffect(() => {
    if (door && !unsure) goThrough(id, door);
  }, [door, unsure, id]);
  const provider = door?.provider;
  const unreachable = joining.error instanceof Problem && joining.error.code === 'provider_unreachable';
  // What the last try answered counts, also when one before it gave an address.
  const isShut = joining.isError ? unreachable : unsure !== null;
  return (
    <Page title={provider && !isShut && !joining.isError ? t('where.opening', { provider: maybe(i18n, t, `provider.${provider}`) ?? provider }) : t('lesson.title')} narrow>
      {isShut ? <GoOnElsewhere id={id} anyway={unsure} onAgain={() => void joining.refetch()} busy={joining.isFetching} />
        : joining.isError ? (
          <>
            <ProblemNotice error={joining.error} />
            <Button busy={joining.isFetching} onPress={() => void joining.refetch()}>{t('where.openAgain')}</Button>
          </>
        ) : <Placeholder />}
      <div className="actions"><LinkButton to={`/lessons/${id}`}>{t('where.toLesson')}</LinkButton></div>
    </Page>
  );
}

/**
 * The provider does not answer: everybody of the lesson may take it to the next one.
 * anyway: an address from before, which may still let this person in.
 */
function GoOnElsewhere({ id, anyway, onAgain, busy }: { id: string; anyway: Door | null; onAgain: () => void; busy: boolean }) {
  const { t, i18n } = useTranslation();
  const lesson = useQuery({ queryKey: ['lesson', id, 'at the door'], queryFn: (): Promise<Lesson> => told(api.GET('/v1/lessons/{id}', { params: { path: { id } } })), gcTime: 0, retry: false });
  const from = lesson.data?.meeting.provider;
  const fallback = useMutation({
    // Which one does not answer here: somebody else may have taken the lesson elsewhere already.
    // Our own room never answers so: then somebody has, and joining again leads there.
    mutationFn: (): Promise<Door> => from === 'built-in' ? told(api.POST('/v1/lessons/{id}/join', { params: { path: { id } } }))
      : told(api.POST('/v1/lessons/{id}/fallback', { params: { path: { id }, query: from ? { from } : {} } })),
    onSuccess: (door) => goThrough(id, door),
  });
  const code = fallback.error instanceof Problem ? fallback.error.code : null;
  return (
    <Notice kind="warn" title={t('where.stuck')}>
      <p>{code === 'no_fallback' ? t('where.noOther') : code === 'provider_answers' ? t('where.answersAgain') : t('where.stuckText')}</p>
      {fallback.isError && code !== 'no_fallback' && code !== 'provider_answers' ? <ProblemNotice error={fallback.error} /> : null}
      <div className="actions">
        {code === 'no_fallback' || code === 'provider_answers' ? null : (
          <Button kind="primary" busy={fallback.isPending || lesson.isPending} onPress={() => fallback.mutate()}>
            {fallback.isPending ? t('where.goingOn') : t('where.goOn')}
          </Button>
        )}
        <Button busy={busy || fallback.isPending} onPress={onAgain}>{t('where.openAgain')}</Button>
        {anyway ? (
          <Button onPress={() => goThrough(id, anyway)}>
            {t('where.openAnyway', { provider: maybe(i18n, t, `provider.${anyway.provider}`) ?? anyway.provider })}
          </Button>
        ) : null}
      </div>
    </Notice>
  );
}
