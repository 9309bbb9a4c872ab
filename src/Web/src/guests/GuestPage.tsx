import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Problem } from '../api/problem';
import { countries, useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { SearchChooser, TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { guessedCountry, guessedZone } from '../time/zones';
import { momentText } from './moment';
import { visitAsGuest, type KnownGuest } from './visit';

/** Somebody without an account who was sent a link: says who they are and where, and goes on to the green room. */
export function GuestPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const locale = useLocale();
  const all = useMemo(() => countries(locale), [locale]);
  const [secret] = useState(() => window.location.hash.slice(1));
  const [displayName, setDisplayName] = useState('');
  const [country, setCountry] = useState(() => guessedCountry(guessedZone()));
  const come = useMutation({
    mutationFn: async (): Promise<KnownGuest> => {
      const guest = { secret, displayName: displayName.trim(), country };
      const { visit, tutorName, start, end } = await visitAsGuest(guest);
      return { ...guest, visit, tutorName, start, end };
    },
    onSuccess: (guest) => navigate('/guest/room', { state: guest }),
  });
  if (secret === '') return <Page title={t('guest.title')} narrow><Notice kind="warn"><p>{t('guest.noSecret')}</p></Notice></Page>;
  const opensAt = come.error instanceof Problem ? come.error.details.opensAt : undefined;
  return (
    <Page title={t('guest.title')} lead={t('guest.lead')} narrow>
      <Form className="form card" error={come.error} onSubmit={() => come.mutate()}>
        {opensAt ? <Notice kind="info"><p>{t('guest.opensAt', { time: momentText(opensAt, locale) })}</p></Notice> : <ProblemNotice error={come.error} />}
        <TextBox label={t('person.displayName')} hint={t('guest.nameHint')} name="displayName" autoComplete="name" required maxLength={100} value={displayName} onChange={setDisplayName} />
        <SearchChooser label={t('guest.country')} hint={t('guest.countryHint')} name="country" required choices={all} value={country} onChange={setCountry}
          openLabel={t('common.openList')} />
        <div className="form-end">
          <Button kind="primary" type="submit" busy={come.isPending}>{t('guest.go')}</Button>
        </div>
      </Form>
    </Page>
  );
}
