import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { ProblemNotice } from '../look/ProblemNotice';
import { useMerge, type Rendition } from './renditions';

/** Everybody beside each other in one file: asked for, made in a while, downloaded. */
export const MergedFile = memo(function MergedFile({ lesson, recording, address, merged }: {
  lesson: string;
  recording: string;
  address: string;
  /** Undefined while nobody has asked for it. */
  merged: Rendition | undefined;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const merge = useMerge(lesson, recording);
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(merged?.progress ?? 0);
  const isUnderWay = merged?.state === 'waiting' || merged?.state === 'making';
  return (
    <div className="review-merged">
      <p className="soft">{t('review.merged.lead')}</p>
      <ProblemNotice error={merge.error} />
      <p role="status">{merged?.state === 'failed' ? t('review.merged.failed') : merged?.state === 'unavailable' ? t('review.merged.unavailable') : ''}</p>
      {merged?.state === 'made' ? (
        <a className="button quiet" href={address + merged.file} download>
          {t('review.merged.download', { size: new Intl.NumberFormat(locale, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format((merged.size ?? 0) / 1e6) })}
        </a>
      ) : isUnderWay ? (
        <label>
          {merged.state === 'waiting' ? t('review.merged.waits') : t('review.merged.making', { percent })}
          <progress value={merged.state === 'waiting' ? undefined : merged.progress} />
        </label>
      ) : merged?.state === 'unavailable' ? null : <Button busy={merge.isPending} onPress={() => merge.mutate()}>{t('review.merged.make')}</Button>}
    </div>
  );
});
