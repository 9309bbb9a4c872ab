import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, matching } from '../api/client';
import { RecordingConsent } from '../consents/RecordingConsent';
import { Button } from '../look/Button';
import { TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { useMe } from './me';
import { PlaceFields, type Place } from './PersonFields';

export function SettingsPage() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const [displayName, setDisplayName] = useState(me.displayName);
  const [place, setPlace] = useState<Place>({ country: me.country, timeZone: me.timeZone, locale: me.locale.split('-')[0]! });
  const save = useMutation({
    mutationFn: () => api.PATCH('/v1/me', { params: { header: matching(me.etag) }, body: { displayName: displayName.trim(), ...place } }),
    onSuccess: () => i18n.changeLanguage(place.locale),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')} narrow>
      <Form className="form card" error={save.error} onSubmit={() => save.mutate()}>
        <ProblemNotice error={save.error} />
        {save.isSuccess ? <Notice kind="good"><p>{t('common.saved')}</p></Notice> : null}
        <TextBox label={t('person.displayName')} name="displayName" autoComplete="name" required maxLength={100} value={displayName} onChange={setDisplayName} />
        <PlaceFields value={place} onChange={setPlace} />
        <div className="form-end">
          <Button kind="primary" type="submit" busy={save.isPending}>{t('common.save')}</Button>
        </div>
      </Form>
      <div className="card"><RecordingConsent personId={me.id} /></div>
    </Page>
  );
}
