import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 3000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // Pages that are not secure have no clipboard; the text stands beside the button to be marked by hand.
      setState('failed');
    }
  };
  return (
    <>
      <Button onPress={() => void copy()}>{state === 'copied' ? t('common.copied') : t('common.copy')}</Button>
      <span role="status" className="hint">{state === 'failed' ? t('common.copyFailed') : state === 'copied' ? <span className="unseen">{t('common.copied')}</span> : null}</span>
    </>
  );
}
