import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import type { GuestLink, Lesson } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { Dialog } from '../look/Dialog';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { momentText } from './moment';
import './guests.css';

/** For the tutor: links by which people without an account come before the door of this lesson's room. */
export function InviteGuests({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  if (lesson.state === 'ended' || lesson.state === 'cancelled' || lesson.meeting.state !== 'ready') return null;
  const provider = lesson.meeting.provider as 'built-in' | 'zoom' | 'google-meet' | 'jitsi';
  if (provider === 'built-in') return <Links lessonId={lesson.id} />;
  return (
    <Section title={t('guests.title')}>
      <p>{t('guests.elsewhere', { provider: t(`provider.${provider}`) })}</p>
    </Section>
  );
}

function Links({ lessonId }: { lessonId: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const params = { path: { id: lessonId } };
  const key = ['guest-links', lessonId];
  const [asking, setAsking] = useState<string | null>(null);
  const links = useQuery({ queryKey: key, queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/guest-links', { params, signal })), refetchInterval: 30_000 });
  const settled = () => queries.invalidateQueries({ queryKey: key });
  const make = useMutation({ mutationFn: () => told(api.POST('/v1/lessons/{id}/guest-links', { params })), onSettled: settled });
  const revoke = useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/lessons/{id}/guest-links/{linkId}', { params: { path: { ...params.path, linkId: id } } }),
    onSuccess: (_, id) => {
      if (make.data?.id === id) make.reset();
      setAsking(null);
    },
    onSettled: settled,
  });
  return (
    <Section title={t('guests.title')} lead={t('guests.lead')}>
      <div className="guests">
        <ProblemNotice error={make.error ?? links.error} />
        {make.data ? (
          <div className="guests-fresh" role="status">
            <p>{t('guests.fresh')}</p>
            <div className="copy-line"><code dir="ltr">{make.data.link}</code><CopyButton text={make.data.link} /></div>
          </div>
        ) : null}
        <Button busy={make.isPending} onPress={() => make.mutate()}>{links.data && links.data.items.length > 0 ? t('guests.makeAnother') : t('guests.make')}</Button>
        {links.data && links.data.items.length > 0 ? (
          <ul className="guests-list" aria-label={t('guests.links')}>
            {links.data.items.map((link) => <OneLink key={link.id} link={link} isFresh={make.data?.id === link.id} onRevoke={() => setAsking(link.id)} />)}
          </ul>
        ) : null}
      </div>
      <Dialog title={t('guests.revokeTitle')} open={asking !== null} onOpenChange={(isOpen) => !isOpen && setAsking(null)}>
        <p>{t('guests.revokeText')}</p>
        <ProblemNotice error={revoke.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(null)}>{t('common.back')}</Button>
          <Button kind="danger" busy={revoke.isPending} onPress={() => asking && revoke.mutate(asking)}>{t('guests.revoke')}</Button>
        </div>
      </Dialog>
    </Section>
  );
}

function OneLink({ link, isFresh, onRevoke }: { link: GuestLink; isFresh: boolean; onRevoke: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const madeAt = momentText(link.madeAt, locale);
  return (
    <li>
      <span>
        {isFresh ? t('guests.thisOne') : t('guests.madeAt', { time: madeAt })}
        <span className="hint guests-came">{t('guests.came', { number: link.guests })} · {t('guests.goodUntil', { time: momentText(link.goodUntil, locale) })}</span>
      </span>
      <Button kind="danger" aria-label={`${t('guests.revoke')}: ${t('guests.madeAt', { time: madeAt })}`} onPress={onRevoke}>{t('guests.revoke')}</Button>
    </li>
  );
}
