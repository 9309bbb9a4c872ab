import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import type { Joining, Lesson } from '../api/types';
import { Button, LinkButton } from '../look/Button';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { useTimeLeft } from '../time/clock';
import { leftParts, unitText } from '../time/countdown';
import { useLocale } from '../i18n/locale';

/** The one button of a lesson, or in plain words why there is none yet. */
export function JoinButton({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const untilOpen = useTimeLeft(lesson.joinOpensAt);
  const untilEnd = useTimeLeft(lesson.end);
  const join = useMutation({
    mutationFn: () => api.post<Joining>(`/v1/lessons/${lesson.id}/join`),
    onSuccess: (joining) => {
      if ('joinUrl' in joining) window.location.assign(joining.joinUrl);
    },
  });

  if (lesson.state === 'cancelled') return <Notice kind="warn"><p>{t('lesson.cancelled')}</p></Notice>;
  if (lesson.state === 'ended' || untilEnd.total <= 0) return <Notice><p>{t('lesson.over')}</p></Notice>;
  switch (lesson.meeting.state) {
    case 'no_provider_allowed':
      return <Notice kind="warn" title={t('lesson.noProvider')}><p>{t('lesson.noProviderText')}</p></Notice>;
    case 'failed':
      return <Notice kind="bad" title={t('lesson.meetingFailed')}><p>{t('lesson.meetingFailedText')}</p></Notice>;
    case 'withdrawn':
      return <Notice kind="warn"><p>{t('lesson.meetingWithdrawn')}</p></Notice>;
    case 'arranging':
      return <Notice><p>{t('lesson.arranging')}</p></Notice>;
    case 'ready':
      break;
  }
  if (untilOpen.total > 0) {
    const opens = leftParts(untilOpen).filter(({ value }) => value > 0).map(({ value, unit }) => unitText(value, unit, locale)).join(' ');
    return (
      <div className="join">
        <Button kind="primary" large isDisabled>{t('lesson.join')}</Button>
        <p className="hint">{t('lesson.opensIn', { time: opens })}</p>
      </div>
    );
  }
  return (
    <div className="join">
      <ProblemNotice error={join.error} />
      {lesson.meeting.provider === 'built-in' ? (
        <LinkButton to={`/lessons/${lesson.id}/room`} kind="primary" large>{t('lesson.join')}</LinkButton>
      ) : (
        <Button kind="primary" large busy={join.isPending} onPress={() => join.mutate()}>{t('lesson.join')}</Button>
      )}
    </div>
  );
}
