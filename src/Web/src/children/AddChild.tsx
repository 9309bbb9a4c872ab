import { getLocalTimeZone, today, type CalendarDate } from '@internationalized/date';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { PlaceFields, type Place } from '../account/PersonFields';
import { api } from '../api/client';
import { Button } from '../look/Button';
import { DateBox, TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';

export function AddChild({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const [displayName, setDisplayName] = useState('');
  const [birthDate, setBirthDate] = useState<CalendarDate | null>(null);
  const [place, setPlace] = useState<Place>({ country: me.country, timeZone: me.timeZone, locale: me.locale.split('-')[0]! });
  const add = useMutation({
    mutationFn: () => api.POST('/v1/guardians/{guardianId}/children', {
      params: { path: { guardianId: me.guardianId! } }, body: { displayName: displayName.trim(), birthDate: birthDate!.toString(), ...place },
    }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['children'] }), queries.invalidateQueries({ queryKey: ['me'] })]);
      onDone();
    },
  });
  return (
    <Form className="form" error={add.error} onSubmit={() => birthDate !== null && add.mutate()}>
      <p className="soft">{t('children.addText')}</p>
      <TextBox label={t('children.name')} name="displayName" required maxLength={100} value={displayName} onChange={setDisplayName} />
      <DateBox label={t('person.birthDate')} name="birthDate" required value={birthDate} onChange={setBirthDate} max={today(getLocalTimeZone())} />
      <PlaceFields value={place} onChange={setPlace} />
      <ProblemNotice error={add.error} />
      <div className="actions end">
        <Button onPress={onDone}>{t('common.back')}</Button>
        <Button kind="primary" type="submit" busy={add.isPending}>{t('children.add')}</Button>
      </div>
    </Form>
  );
}
