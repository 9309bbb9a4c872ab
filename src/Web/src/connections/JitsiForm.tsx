import { useState, type FormEvent } from 'react';
import { Form } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useExplain } from '../api/explain';
import { Button } from '../look/Button';
import { TextBox } from '../look/fields';
import { ProblemNotice } from '../look/ProblemNotice';
import { useConnectJitsi } from './queries';

/** The keys of a Jitsi server of one's own; the secret goes out and never comes back. */
export function JitsiForm({ tutorId, domain, onDone }: { tutorId: string; domain: string; onDone: () => void }) {
  const { t } = useTranslation();
  const { fieldErrors } = useExplain();
  const save = useConnectJitsi(tutorId);
  const [keys, setKeys] = useState({ domain, appId: '', secret: '' });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ domain: keys.domain.trim().toLowerCase(), appId: keys.appId.trim(), secret: keys.secret.trim() }, { onSuccess: onDone });
  };
  return (
    <Form className="form" onSubmit={submit} validationErrors={fieldErrors(save.error)}>
      <p>{t('meetingProviders.jitsi.text')}</p>
      <ProblemNotice error={save.error} />
      <TextBox label={t('meetingProviders.jitsi.domain')} hint={t('meetingProviders.jitsi.domainHint')} name="domain" required maxLength={253}
        value={keys.domain} onChange={(next) => setKeys({ ...keys, domain: next })} />
      <TextBox label={t('meetingProviders.jitsi.appId')} hint={t('meetingProviders.jitsi.appIdHint')} name="appId" required maxLength={100}
        value={keys.appId} onChange={(next) => setKeys({ ...keys, appId: next })} />
      <TextBox label={t('meetingProviders.jitsi.secret')} hint={t('meetingProviders.jitsi.secretHint')} name="secret" type="password" autoComplete="off" required
        minLength={32} maxLength={256} value={keys.secret} onChange={(next) => setKeys({ ...keys, secret: next })} />
      <div className="actions end">
        <Button onPress={onDone}>{t('common.back')}</Button>
        <Button kind="primary" type="submit" busy={save.isPending}>{t('common.save')}</Button>
      </div>
    </Form>
  );
}
