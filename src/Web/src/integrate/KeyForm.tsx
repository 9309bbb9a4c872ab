import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiScope, WantedApiKey } from '../api/types';
import { Button } from '../look/Button';
import { Chips, OneOf, TextBox } from '../look/fields';
import { Form } from '../look/Form';
import { ProblemNotice } from '../look/ProblemNotice';
import { scopes } from './scopes';

const lives = ['always', 'month', 'year'] as const;
const days = { always: null, month: 30, year: 365 };

/** What the key is for: its name, what it may do, on whom, and how long. */
export function KeyForm({ error, busy, onMake, onLeave }: { error: unknown; busy: boolean; onMake: (wanted: WantedApiKey) => void; onLeave: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string[]>([]);
  const [kind, setKind] = useState('live');
  const [life, setLife] = useState<(typeof lives)[number]>('always');
  const submit = () => {
    const end = days[life];
    onMake({
      name,
      scopes: chosen as ApiScope[],
      test: kind === 'test',
      ...(end === null ? {} : { expiresAt: new Date(Math.floor(Date.now() / 1000 + end * 86_400) * 1000).toISOString().replace('.000Z', 'Z') }),
    });
  };
  return (
    <Form className="form card" error={error} onSubmit={submit}>
      <ProblemNotice error={error} />
      <TextBox name="name" label={t('integrate.name')} hint={t('integrate.nameHint')} value={name} onChange={setName} maxLength={100} required />
      <OneOf label={t('integrate.kind')} hint={t(kind === 'test' ? 'integrate.testHint' : 'integrate.liveHint')}
        choices={[{ id: 'live', name: t('integrate.live') }, { id: 'test', name: t('integrate.test') }]} value={kind} onChange={setKind} />
      <Chips name="scopes" label={t('integrate.scopes')} hint={t('integrate.scopesHint')} required choices={scopes.map((id) => ({ id, name: t(`integrate.scope.${id.replace(':', '_') as ScopeText<ApiScope>}`) }))}
        value={chosen} onChange={setChosen} />
      <OneOf label={t('integrate.life')} choices={lives.map((id) => ({ id, name: t(`integrate.lives.${id}`) }))} value={life} onChange={(id) => setLife(id as typeof life)} />
      <div className="actions">
        <Button kind="primary" type="submit" busy={busy}>{t('integrate.make')}</Button>
        <Button onPress={onLeave}>{t('common.back')}</Button>
      </div>
    </Form>
  );
}

/** A colon divides namespaces in the language files. */
type ScopeText<Scope> = Scope extends `${infer Of}:${infer What}` ? `${Of}_${What}` : never;
