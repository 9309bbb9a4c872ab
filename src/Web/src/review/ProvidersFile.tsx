import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { Notice } from '../look/Notice';
import { ProblemNotice } from '../look/ProblemNotice';
import { fileName, kindOf } from './files';
import { beginViewing, type Recording } from './queries';

/** What Zoom or another recorded, played from an address that opens it for a while: an hour of video is more than a tablet holds. */
export function ProvidersFile({ lesson, recording, children }: { lesson: string; recording: Recording; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const [failures, setFailures] = useState(0);
  const cannotPlay = failures > 1;
  const viewing = useMutation({ mutationFn: () => beginViewing(lesson, recording.id) });
  // Its address has ended, or somebody took the consent back: asking for another one tells. With a good one it is the file.
  const failed = () => {
    setFailures(failures + 1);
    if (failures === 0) viewing.mutate();
  };
  const address = viewing.data ? viewing.data.address + viewing.data.file : null;
  const size = recording.size === null ? '' : new Intl.NumberFormat(locale, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(recording.size / 1e6);
  const isMedia = /^(video|audio)\//.test(recording.mediaType);
  return (
    <>
      {address && isMedia && !cannotPlay ? (
        <video className="review-file" src={address} controls playsInline aria-label={kindOf(recording.kind, t, i18n)} onError={failed} onPlaying={() => setFailures(0)} />
      ) : null}
      {cannotPlay ? <Notice kind="warn"><p>{t('review.cannotPlay')}</p></Notice> : null}
      <ProblemNotice error={viewing.error} />
      <div className="actions">
        {recording.state !== 'shelved' ? null
          : address ? <a className="button quiet" href={address} download={fileName(recording)}>{t('review.keepFile')}</a>
            : <Button kind="primary" busy={viewing.isPending} onPress={() => viewing.mutate()}>{t(isMedia ? 'review.playFile' : 'review.getFile', { size })}</Button>}
        {children}
      </div>
    </>
  );
}
