import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lesson } from '../api/types';
import { maybe } from '../i18n/maybe';
import { Button, LinkButton } from '../look/Button';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { useTimeLeft } from '../time/clock';
import { leftParts, unitText } from '../time/countdown';
import { useLocale } from '../i18n/locale';
import { useTryAgain } from './queries';

/** No provider could arrange it, or may: what is done about that, and the way to do it now. */
function Without({ kind, title, text, again }: { kind: 'bad' | 'warn'; title: string; text: string; again: ReturnType<typeof useTryAgain> }) {
  const { t } = useTranslation();
  return (
    <Notice kind={kind} title={title}>
      <p>{text}</p>
      <ProblemNotice error={again.error} />
      <Button busy={again.isPending} onPress={() => again.mutate()}>{t('lesson.tryAgain')}</Button>
    </Notice>
  );
}

/** The one button of a lesson, or in plain words why there is none yet. */
export function JoinButton({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const again = useTryAgain(lesson.id);
  const place = useRef<HTMLDivElement>(null);
  const taken = again.isSuccess;

  // The button that was pressed went with what it did, and what comes in its place soon goes, too: the focus stays around them.
  useEffect(() => {
    if (taken && document.activeElement === document.body) place.current?.focus();
  }, [taken]);

  const { state } = lesson.meeting;
  return (
    <div ref={place} tabIndex={-1} className="join-place">
      <p role="status" className="unseen">
        {!taken ? '' : state === 'arranging' ? t('lesson.arranging') : state === 'ready' ? t('lesson.meetingReady') : state === 'failed' ? t('lesson.meetingFailed') : state === 'no_provider_allowed' ? t('lesson.noProvider') : ''}
      </p>
      <Now lesson={lesson} again={again} />
    </div>
  );
}

function Now({ lesson, again }: { lesson: Lesson; again: ReturnType<typeof useTryAgain> }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const untilOpen = useTimeLeft(lesson.joinOpensAt);
  const untilEnd = useTimeLeft(lesson.end);

  if (lesson.state === 'cancelled') return <Notice kind="warn"><p>{t('lesson.cancelled')}</p></Notice>;
  if (lesson.state === 'ended' || untilEnd.total <= 0) return <Notice><p>{t('lesson.over')}</p></Notice>;
  switch (lesson.meeting.state) {
    case 'no_provider_allowed':
      return <Without kind="warn" title={t('lesson.noProvider')} text={t('lesson.noProviderText')} again={again} />;
    case 'failed':
      return <Without kind="bad" title={t('lesson.meetingFailed')} text={t('lesson.meetingFailedText')} again={again} />;
    case 'withdrawn':
      return <Notice kind="warn"><p>{t('lesson.meetingWithdrawn')}</p></Notice>;
    case 'later':
      return <Notice><p>{t('lesson.later')}</p></Notice>;
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
  const provider = lesson.meeting.provider ?? 'built-in';
  return (
    <div className="join">
      {provider === 'built-in' ? (
        <LinkButton to={`/lessons/${lesson.id}/room`} kind="primary" large>{t('lesson.join')}</LinkButton>
      ) : (
        <>
          {/* A link and no script: no popup blocker stops it, and the page that opens has no hold on this one. */}
          <a className="button primary large" href={`/lessons/${lesson.id}/door`} target="_blank" rel="noopener noreferrer">
            {t('where.open', { provider: maybe(i18n, t, `provider.${provider}`) ?? provider })}
          </a>
          <p className="hint">{t('where.newTab')}</p>
        </>
      )}
    </div>
  );
}
