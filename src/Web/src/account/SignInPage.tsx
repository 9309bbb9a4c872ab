import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router';
import { session } from '../api/session';
import { Button } from '../look/Button';
import { TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { useSignedIn } from './me';
import { ownPath } from './ownPath';

export function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signedIn = useSignedIn();
  const [search] = useSearchParams();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => session.signIn(email.trim(), password),
    onSuccess: async () => {
      queries.clear();
      await navigate(ownPath(search.get('next')), { replace: true });
    },
  });
  // Another tab has signed in: this one has nothing left to ask.
  if (signedIn && (signIn.isIdle || signIn.isError)) return <Navigate to={ownPath(search.get('next'))} replace />;
  return (
    <Page title={t('signIn.title')} narrow>
      <Form className="form card" error={signIn.error} onSubmit={() => signIn.mutate()}>
        <ProblemNotice error={signIn.error} />
        <TextBox label={t('person.email')} name="email" type="email" autoComplete="username" required value={email} onChange={setEmail} />
        <TextBox label={t('person.password')} name="password" type="password" autoComplete="current-password" required value={password} onChange={setPassword} />
        <div className="form-end">
          <Button kind="primary" type="submit" busy={signIn.isPending}>{t('signIn.submit')}</Button>
          <p>{t('signIn.new')} <Link to="/sign-up">{t('signIn.toSignUp')}</Link></p>
        </div>
      </Form>
    </Page>
  );
}
