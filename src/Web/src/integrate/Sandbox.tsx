import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { Dialog } from '../look/Dialog';
import { Loaded } from '../look/Loaded';
import { Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import { useEmptySandbox, useFillSandbox, useSandbox } from './queries';

/** Invented tutors and students for test keys: their ids, and the ways to make them and to be rid of them. */
export function Sandbox() {
  const { t } = useTranslation();
  const sandbox = useSandbox();
  const fill = useFillSandbox();
  const empty = useEmptySandbox();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t('integrate.sandbox')} lead={t('integrate.sandboxLead')}>
      <ProblemNotice error={fill.error} />
      <Loaded query={sandbox}>
        {({ tutors, students }) => tutors.length === 0 ? (
          <div className="actions"><Button busy={fill.isPending} onPress={() => fill.mutate()}>{t('integrate.fill')}</Button></div>
        ) : (
          <>
            <ul className="cards">
              {[...tutors.map((one) => ({ id: one.tutorId, is: 'tutor' as const, ...one })), ...students.map((one) => ({ id: one.studentId, is: one.guardianId ? 'child' as const : 'student' as const, ...one }))].map((one) => (
                <li key={one.id} className="card api-key">
                  <div className="api-key-head"><h3><bdi>{one.displayName}</bdi></h3><span className="badge">{t(`integrate.person.${one.is}`)}</span></div>
                  <div className="copy-line"><code dir="ltr">{one.id}</code><CopyButton text={one.id} /></div>
                </li>
              ))}
            </ul>
            <div className="actions"><Button kind="danger" onPress={() => setAsking(true)}>{t('integrate.empty')}</Button></div>
          </>
        )}
      </Loaded>
      <Dialog title={t('integrate.emptyTitle')} open={asking} onOpenChange={setAsking}>
        <p>{t('integrate.emptyText')}</p>
        <ProblemNotice error={empty.error} />
        <div className="actions end">
          <Button onPress={() => setAsking(false)}>{t('common.back')}</Button>
          <Button kind="danger" busy={empty.isPending} onPress={() => empty.mutate(undefined, { onSuccess: () => setAsking(false) })}>{t('integrate.empty')}</Button>
        </div>
      </Dialog>
    </Section>
  );
}
