import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { ZoneChooser } from '../account/PersonFields';
import { api, matching, tagged } from '../api/client';
import { Problem } from '../api/problem';
import type { Availability } from '../api/types';
import { Button } from '../look/Button';
import { Chips, NumberBox } from '../look/fields';
import { Loaded } from '../look/Loaded';
import { Notice } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { unitText } from '../time/countdown';
import { useLocale } from '../i18n/locale';
import './availability.css';
import { Overrides } from './Overrides';
import { Preview } from './Preview';
import { editedOverride, weekOf, wireOf, wireOverrides } from './week';
import { WeekEditor } from './WeekEditor';

interface Stored {
  availability: Availability;
  /** Null before the first time. */
  etag: string | null;
}

function fresh(timeZone: string): Availability {
  return {
    timeZone, weekly: [], overrides: [], travel: [], durationsMinutes: [45], stepMinutes: 15, bufferBeforeMinutes: 0, bufferAfterMinutes: 10,
    minimumNoticeMinutes: 720, horizonDays: 56,
  };
}

export default function AvailabilityPage() {
  const { t } = useTranslation();
  const me = useMe();
  const stored = useQuery({
    queryKey: ['availability', me.tutorId],
    // An editor must not be replaced beneath the hands of who types.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Stored> => {
      try {
        const { data, etag } = await tagged(api.GET('/v1/tutors/{tutorId}/availability', { params: { path: { tutorId: me.tutorId! } }, signal }));
        return { availability: data, etag };
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return { availability: fresh(me.timeZone), etag: null };
        throw error;
      }
    },
  });
  return (
    <Page title={t('availability.title')} lead={t('availability.lead')}>
      <Loaded query={stored} lines={8}>{(data) => <Editor key={data.etag} stored={data} tutorId={me.tutorId!} onReload={() => void stored.refetch()} />}</Loaded>
    </Page>
  );
}

function Editor({ stored, tutorId, onReload }: { stored: Stored; tutorId: string; onReload: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const queries = useQueryClient();
  const me = useMe();
  const [rules, setRules] = useState(stored.availability);
  const [week, setWeek] = useState(() => weekOf(stored.availability.weekly));
  const [overrides, setOverrides] = useState(() => stored.availability.overrides.map(editedOverride));
  const [previewZone, setPreviewZone] = useState(() => (me.timeZone === 'Asia/Dubai' ? 'Asia/Seoul' : 'Asia/Dubai'));
  const [etag, setEtag] = useState(stored.etag);
  const set = (change: Partial<Availability>) => setRules({ ...rules, ...change });
  const wire: Availability = { ...rules, weekly: wireOf(week), overrides: wireOverrides(overrides) };

  const save = useMutation({
    mutationFn: () => tagged(api.PUT('/v1/tutors/{tutorId}/availability', { params: { path: { tutorId }, header: matching(etag, 'new') }, body: wire })),
    onSuccess: (answer) => {
      setEtag(answer.etag);
      void queries.invalidateQueries({ queryKey: ['slots'] });
    },
  });
  const stale = save.error instanceof Problem && save.error.code === 'version_mismatch';
  const minutes = (value: number) => ({ id: String(value), name: unitText(value, 'minute', locale) });

  return (
    <div className="availability">
      <div className="availability-rules">
        <Section title={t('availability.week')} lead={t('availability.weekLead')}>
          <ZoneChooser label={t('availability.zone')} value={rules.timeZone} onChange={(timeZone) => set({ timeZone })} />
          <WeekEditor week={week} onChange={setWeek} label={t('availability.week')} />
        </Section>
        <Section title={t('availability.days')} lead={t('availability.daysLead')}>
          <Overrides overrides={overrides} onChange={setOverrides} />
        </Section>
        <Section title={t('availability.rules')}>
          <Chips label={t('availability.durations')} required choices={[20, 30, 40, 45, 60, 75, 90, 120].map(minutes)}
            value={rules.durationsMinutes.map(String)}
            onChange={(chosen) => set({ durationsMinutes: chosen.map(Number).sort((a, b) => a - b) })} />
          <div className="field-grid">
            <NumberBox label={t('availability.step')} hint={t('availability.minutes')} value={rules.stepMinutes ?? rules.durationsMinutes[0] ?? 60} min={5} max={240} step={5} onChange={(stepMinutes) => set({ stepMinutes })} />
            <NumberBox label={t('availability.before')} hint={t('availability.minutes')} value={rules.bufferBeforeMinutes} min={0} max={240} step={5} onChange={(bufferBeforeMinutes) => set({ bufferBeforeMinutes })} />
            <NumberBox label={t('availability.after')} hint={t('availability.minutes')} value={rules.bufferAfterMinutes} min={0} max={240} step={5} onChange={(bufferAfterMinutes) => set({ bufferAfterMinutes })} />
            <NumberBox label={t('availability.notice')} hint={t('availability.hours')} value={Math.round(rules.minimumNoticeMinutes / 60)} min={0} max={336}
              onChange={(hours) => set({ minimumNoticeMinutes: hours * 60 })} />
            <NumberBox label={t('availability.horizon')} hint={t('availability.daysUnit')} value={rules.horizonDays} min={1} max={365} onChange={(horizonDays) => set({ horizonDays })} />
          </div>
        </Section>
        <div className="save-bar">
          <ProblemNotice error={save.error} />
          {stale ? <Button onPress={onReload}>{t('availability.reload')}</Button> : null}
          {save.isSuccess ? <Notice kind="good"><p>{t('common.saved')}</p></Notice> : null}
          <Button kind="primary" large busy={save.isPending} isDisabled={rules.durationsMinutes.length === 0} onPress={() => save.mutate()}>{t('availability.save')}</Button>
        </div>
      </div>
      <aside className="availability-preview card" aria-labelledby="preview-title">
        <h2 id="preview-title">{t('availability.preview')}</h2>
        <p className="soft">{t('availability.previewLead')}</p>
        <Preview availability={wire} zone={previewZone} onZone={setPreviewZone} />
      </aside>
    </div>
  );
}
