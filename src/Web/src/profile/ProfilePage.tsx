import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { api, matching, tagged, type Answer } from '../api/client';
import { Problem } from '../api/problem';
import type { Level, Tutor } from '../api/types';
import { spokenLanguages, useLocale } from '../i18n/locale';
import { Button, LinkButton } from '../look/Button';
import { Chips, TextBox, Tick } from '../look/fields';
import { Form } from '../look/Form';
import { Loaded } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { instruments, levels } from './instruments';

interface Stored {
  tutor: Pick<Tutor, 'instruments' | 'languages' | 'levels' | 'introduction' | 'proBono'>;
  etag: string | null;
}

export default function ProfilePage() {
  const { t } = useTranslation();
  const me = useMe();
  const blank: Stored['tutor'] = { instruments: [], languages: [me.locale.split('-')[0]!], levels: [...levels], introduction: '', proBono: false };
  const stored = useQuery({
    queryKey: ['profile', me.tutorId],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Stored> => {
      try {
        const { data, etag }: Answer<Tutor> = await tagged(api.GET('/v1/tutors/{tutorId}', { params: { path: { tutorId: me.tutorId! } }, signal }));
        // A tutor who never wrote a profile has an empty one.
        return { tutor: data.instruments.length === 0 ? { ...data, ...blank } : data, etag };
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
        return { tutor: blank, etag: null };
      }
    },
  });
  return (
    <Page title={t('profile.title')} lead={t('profile.lead')} narrow>
      <Loaded query={stored} lines={6}>{(data) => <Editor stored={data} tutorId={me.tutorId!} />}</Loaded>
    </Page>
  );
}

function Editor({ stored, tutorId }: { stored: Stored; tutorId: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [etag, setEtag] = useState(stored.etag);
  const [profile, setProfile] = useState({
    instruments: stored.tutor.instruments,
    languages: stored.tutor.languages,
    levels: stored.tutor.levels,
    introduction: stored.tutor.introduction,
    proBono: stored.tutor.proBono,
  });
  const save = useMutation({
    mutationFn: () => tagged(api.PUT('/v1/tutors/{tutorId}/profile', { params: { path: { tutorId }, header: matching(etag, 'new') }, body: profile })),
    onSuccess: (answer) => setEtag(answer.etag),
  });
  return (
    <Form className="form card" error={save.error} onSubmit={() => save.mutate()}>
      <Chips label={t('profile.instruments')} name="instruments" required choices={instruments.map((id) => ({ id, name: t(`instrument.${id}`) }))}
        value={profile.instruments} onChange={(chosen) => setProfile({ ...profile, instruments: chosen })} />
      <Chips label={t('profile.languages')} name="languages" required choices={spokenLanguages(locale)}
        value={profile.languages} onChange={(chosen) => setProfile({ ...profile, languages: chosen })} />
      <Chips label={t('profile.levels')} name="levels" required choices={levels.map((id) => ({ id, name: t(`level.${id}`) }))}
        value={profile.levels} onChange={(chosen) => setProfile({ ...profile, levels: chosen as Level[] })} />
      <TextBox label={t('profile.introduction')} hint={t('profile.introductionHint')} name="introduction" lines={6} maxLength={2000}
        value={profile.introduction} onChange={(introduction) => setProfile({ ...profile, introduction })} />
      <Tick label={t('profile.proBono')} value={profile.proBono} onChange={(proBono) => setProfile({ ...profile, proBono })} />
      <ProblemNotice error={save.error} />
      {save.isSuccess ? <Notice kind="good"><p>{t('common.saved')}</p></Notice> : null}
      <div className="form-end">
        <Button kind="primary" type="submit" busy={save.isPending}>{t('common.save')}</Button>
        {save.isSuccess ? <LinkButton to="/availability">{t('lessons.setHours')}</LinkButton> : null}
        <LinkButton to="/meeting-providers" kind="plain">{t('nav.meetingProviders')}</LinkButton>
      </div>
    </Form>
  );
}
