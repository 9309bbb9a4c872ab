import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem';
import type { WantedStreamKey } from '../api/types';
import { Button } from '../look/Button';
import { NumberBox, OneOf } from '../look/fields';
import { Form } from '../look/Form';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';

type For = 'publish' | 'watch' | 'audience';

/** What the key is for; of an audience, how many. */
export function KeyForm({ mayHaveAudience, error, busy, onMake }: {
  mayHaveAudience: boolean;
  error: unknown;
  busy: boolean;
  onMake: (wanted: WantedStreamKey) => void;
}) {
  const { t } = useTranslation();
  const [what, setWhat] = useState<For>('publish');
  const [listeners, setListeners] = useState(20);
  const uses: For[] = mayHaveAudience ? ['publish', 'watch', 'audience'] : ['publish', 'watch'];
  const submit = () => onMake(what === 'publish' ? { use: 'publish' } : { use: 'watch', listeners: what === 'audience' ? listeners : 1 });
  return (
    <Form className="form card" error={error} onSubmit={submit}>
      {/* The general word for it is said to children. */}
      {error instanceof Problem && error.code === 'guardian_needed' ? <Notice kind="warn"><p>{t('streamKeys.guardianNeeded')}</p></Notice> : <ProblemNotice error={error} />}
      <OneOf label={t('streamKeys.for')} hint={t(`streamKeys.forHint.${what}`)} choices={uses.map((id) => ({ id, name: t(`streamKeys.use.${id}`) }))} value={what}
        onChange={(id) => setWhat(id as For)} />
      {what === 'audience' ? <NumberBox label={t('streamKeys.listeners')} hint={t('streamKeys.listenersHint')} value={listeners} onChange={setListeners} min={2} max={1000} /> : null}
      <div className="actions"><Button kind="primary" type="submit" busy={busy}>{t('streamKeys.make')}</Button></div>
    </Form>
  );
}
