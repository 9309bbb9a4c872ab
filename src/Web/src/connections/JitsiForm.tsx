import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useExplain } from '../api/explain';
import { Button } from '../look/Button';
import { TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';
import { useConnectJitsi } from './queries';

/** The keys of a Jitsi server of one's own; the secret goes out and never comes back. */
export function JitsiForm({ tutorId, domain, onSaved, onBack }: { tutorId: string; domain: string; onSaved: () => void; onBack: () => void }) {
  const { t } = useTranslation();
  const { fieldErrors } = useExplain();
  const save = useConnectJitsi(tutorId);
  const [keys, setKeys] = useState({ domain, appId: '', secret: '' });
  const wrong = fieldErrors(save.error);
  const change = (next: Partial<typeof keys>) => setKeys({ ...keys, ...next });
  const submit = () => {
    save.mutate({ domain: keys.domain.trim().toLowerCase(), appId: keys.appId.trim(), secret: keys.secret.trim() }, { onSuccess: onSaved });
  };
  return (
    <Form className="form" error={save.error} onSubmit={submit}>
      <p>{t('meetingProviders.jitsi.text')}</p>
      {/* What is said beside its field is not said again. */}
      {Object.keys(keys).some((field) => field in wrong) ? null : <ProblemNotice error={save.error} />}
      <TextBox label={t('meetingProviders.jitsi.domain')} hint={t('meetingProviders.jitsi.domainHint')} name="domain" required maxLength={253}
        value={keys.domain} onChange={(domain) => change({ domain })} />
      <TextBox label={t('meetingProviders.jitsi.appId')} hint={t('meetingProviders.jitsi.appIdHint')} name="appId" required maxLength={100}
        value={keys.appId} onChange={(appId) => change({ appId })} />
      <TextBox label={t('meetingProviders.jitsi.secret')} hint={t('meetingProviders.jitsi.secretHint')} name="secret" type="password" autoComplete="off" required
        minLength={32} maxLength={256} value={keys.secret} onChange={(secret) => change({ secret })} />
      <div className="actions end">
        <Button onPress={onBack}>{t('common.back')}</Button>
        <Button kind="primary" type="submit" busy={save.isPending}>{t('common.save')}</Button>
      </div>
    </Form>
  );
}
