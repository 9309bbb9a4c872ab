import { getLocalTimeZone, today, type CalendarDate } from '@internationalized/date';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, newKey } from '../api/client';
import { session } from '../api/session';
import { Button } from '../look/Button';
import { Chips, DateBox, TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';
import { guessedCountry, guessedZone } from '../time/zones';
import { PlaceFields, type Place } from './PersonFields';

const firstPage: Record<string, string> = { tutor: '/profile', guardian: '/children', student: '/mentors' };

/** Makes an account and signs it in; with `setupToken` the administrator's. */
export function AccountForm({ setupToken }: { setupToken?: string }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [key] = useState(newKey);
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const [birthDate, setBirthDate] = useState<CalendarDate | null>(null);
  const [place, setPlace] = useState<Place>(() => {
    const timeZone = guessedZone();
    return { timeZone, country: guessedCountry(timeZone), locale: i18n.resolvedLanguage ?? 'en' };
  });
  const isStudent = roles.includes('student');

  const signUp = useMutation({
    mutationFn: async () => {
      const body = {
        email: email.trim(), password, displayName: displayName.trim(), roles, ...place,
        ...(isStudent && birthDate ? { birthDate: birthDate.toString() } : {}),
        ...(setupToken === undefined ? {} : { setupToken }),
      };
      await api.POST('/v1/accounts', { params: { header: { 'Idempotency-Key': `${key}${fingerprint(JSON.stringify(body))}` } }, body });
      await session.signIn(email.trim(), password);
    },
    onSuccess: async () => {
      queries.clear();
      await navigate(setupToken === undefined ? (firstPage[roles[0] ?? ''] ?? '/') : '/administration', { replace: true });
    },
  });

  return (
    <Form className="form card" error={signUp.error} onSubmit={() => signUp.mutate()}>
      <ProblemNotice error={signUp.error} />
      <Chips label={t('signUp.iAm')} hint={setupToken === undefined ? t('signUp.rolesHint') : t('setup.rolesHint')} name="roles" required={setupToken === undefined} value={roles} onChange={setRoles}
        choices={[
          { id: 'student', name: t('roles.student') },
          { id: 'guardian', name: t('roles.guardian') },
          { id: 'tutor', name: t('roles.tutor') },
        ]} />
      <TextBox label={t('person.displayName')} hint={t('person.displayNameHint')} name="displayName" autoComplete="name" required maxLength={100} value={displayName} onChange={setDisplayName} />
      <TextBox label={t('person.email')} name="email" type="email" autoComplete="username" required maxLength={254} value={email} onChange={setEmail} />
      <TextBox label={t('person.password')} hint={t('person.passwordHint')} name="password" type="password" autoComplete="new-password" required minLength={10} maxLength={128}
        value={password} onChange={setPassword} />
      {isStudent ? (
        <DateBox label={t('person.birthDate')} hint={t('person.birthDateHint')} name="birthDate" required value={birthDate} onChange={setBirthDate}
          max={today(getLocalTimeZone())} />
      ) : null}
      <PlaceFields value={place} onChange={setPlace} />
      <div className="form-end">
        <Button kind="primary" type="submit" busy={signUp.isPending}>{t('signUp.submit')}</Button>
      </div>
    </Form>
  );
}

/** A corrected form is another intent and must not reuse the key of the refused one. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16);
}
