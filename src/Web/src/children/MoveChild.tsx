import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceFields, type Place } from '../account/PersonFields';
import { api, etagOf } from '../api/client';
import type { Child } from '../api/types';
import { Button } from '../look/Button';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';

/** A family moves: where the child lives, and by which clock. */
export function MoveChild({ child, guardianId, onDone }: { child: Child; guardianId: string; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [place, setPlace] = useState<Place>({ country: child.country, timeZone: child.timeZone, locale: child.locale.split('-')[0]! });
  // The language's country, which the list of languages does not show, stays unless another language is chosen.
  const locale = place.locale === child.locale.split('-')[0] ? child.locale : place.locale;
  const save = useMutation({
    mutationFn: () => api.PATCH('/v1/guardians/{guardianId}/children/{studentId}', {
      params: { path: { guardianId, studentId: child.studentId }, header: { 'If-Match': etagOf(child.version) } }, body: { ...place, locale },
    }),
    onSuccess: onDone,
    // The coming lessons may be held elsewhere now, and show another clock.
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Form className="form" error={save.error} onSubmit={() => save.mutate()}>
      <p className="soft">{t('children.moveText')}</p>
      <PlaceFields value={place} onChange={setPlace} />
      <ProblemNotice error={save.error} />
      <div className="actions end">
        <Button onPress={onDone}>{t('common.back')}</Button>
        <Button kind="primary" type="submit" busy={save.isPending}>{t('common.save')}</Button>
      </div>
    </Form>
  );
}
