import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { sideOf, useMe } from '../account/me';
import type { Lesson } from '../api/types';
import { maybe } from '../i18n/maybe';
import { useLesson } from '../lessons/queries';
import { LinkButton } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { FreshKey } from './FreshKey';
import { KeyCard } from './KeyCard';
import { KeyForm } from './KeyForm';
import { useMakeStreamKey, useStreamKeys } from './queries';
import './streamKeys.css';

/** Keys by which OBS sends into a lesson, and players show it. */
export default function StreamKeysPage() {
  const { t } = useTranslation();
  const lesson = useLesson(useParams().id!);
  if (lesson.data) return <KeysOf lesson={lesson.data} />;
  return <Page title={t('streamKeys.title')} narrow><Loaded query={lesson}>{() => null}</Loaded></Page>;
}

function KeysOf({ lesson }: { lesson: Lesson }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const keys = useStreamKeys(lesson.id);
  const make = useMakeStreamKey(lesson.id);
  const [revoked, setRevoked] = useState(false);
  const side = sideOf(me, lesson);
  const isOver = lesson.state === 'cancelled' || lesson.state === 'ended';
  const elsewhere = lesson.meeting.provider && lesson.meeting.provider !== 'built-in' ? lesson.meeting.provider : null;
  const onRevoked = (id: string) => {
    if (make.data?.id === id) make.reset();
    setRevoked(true);
  };
  return (
    <Page title={t('streamKeys.title')} lead={t('streamKeys.lead')} narrow
      actions={<LinkButton to={`/lessons/${lesson.id}`}>{t('lesson.with', { name: side === 'tutor' ? lesson.studentName : lesson.tutorName })}</LinkButton>}>
      {elsewhere ? <Notice kind="warn"><p>{t('streamKeys.elsewhere', { provider: maybe(i18n, t, `provider.${elsewhere}`) ?? elsewhere })}</p></Notice> : null}
      {isOver ? <Notice><p>{t('streamKeys.over')}</p></Notice> : make.data ? <FreshKey made={make.data} onDone={() => make.reset()} /> : (
        <Section title={t('streamKeys.new')}>
          <KeyForm mayHaveAudience={side === 'tutor' || lesson.studentId !== me.studentId} error={make.error} busy={make.isPending}
            onMake={(wanted) => {
              setRevoked(false);
              make.mutate(wanted);
            }} />
        </Section>
      )}
      <Section title={t('streamKeys.live')} lead={t('streamKeys.liveLead')}>
        <div role="status">{revoked ? <Notice kind="good"><p>{t('streamKeys.revoked')}</p></Notice> : null}</div>
        <Loaded query={keys}>
          {({ items }) => items.length === 0 ? <p className="soft">{t('streamKeys.none')}</p> : (
            <ul className="cards">{items.map((key) => <KeyCard key={key.id} lessonId={lesson.id} streamKey={key} onRevoked={onRevoked} />)}</ul>
          )}
        </Loaded>
      </Section>
    </Page>
  );
}
