import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem';
import { useExplain } from '../api/explain';
import { Button } from './Button';
import { Notice } from './Notice';

interface Asked<T> {
  data: T | undefined;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** A query's three faces: a still placeholder, what went wrong with a way to try again, the thing itself. */
export function Loaded<T>({ query, children, lines = 3 }: { query: Asked<T>; children: (data: T) => ReactNode; lines?: number }) {
  const { t } = useTranslation();
  const { explain } = useExplain();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    const gone = query.error instanceof Problem && query.error.status === 404;
    return (
      <Notice kind={gone ? 'info' : 'bad'}>
        <p>{explain(query.error)}</p>
        {gone ? null : <Button onPress={() => void query.refetch()}>{t('common.tryAgain')}</Button>}
      </Notice>
    );
  }
  return <Placeholder lines={lines} />;
}

export function Placeholder({ lines = 3 }: { lines?: number }) {
  const { t } = useTranslation();
  return (
    <div className="placeholder" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: lines }, (_, line) => <span key={line} />)}
    </div>
  );
}
