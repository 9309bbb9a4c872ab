import { useTranslation } from 'react-i18next';
import { useExplain } from '../api/explain';
import type { Shown } from './playback';

/** Over the pictures, so that nothing moves: that it loads, or what is wrong with a way to try again. */
export function Said({ shown, error, onAgain }: { shown: Shown; error: unknown; onAgain: () => void }) {
  const { t } = useTranslation();
  const { explain } = useExplain();
  const { trouble } = shown;
  return (
    <div className="review-said" role="status">
      {trouble ? (
        <div className="notice bad">
          <p>{trouble === 'line' ? t('review.lineFails') : error ? explain(error) : t('review.refused')}</p>
          <button type="button" className="button quiet" onClick={onAgain}>{t('common.tryAgain')}</button>
        </div>
      ) : shown.isLoading ? <p className="review-loading">{t('review.loading')}</p> : null}
    </div>
  );
}
