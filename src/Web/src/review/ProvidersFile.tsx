import { useMutation } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { ProblemNotice } from '../look/ProblemNotice';
import type { Recording } from './queries';

/** What Zoom or another recorded: fetched whole by whoever asks, because its address wants the right in a header; then played and kept from here. */
export function ProvidersFile({ lesson, recording, children }: { lesson: string; recording: Recording; children: ReactNode }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const file = useMutation({
    mutationFn: async () => URL.createObjectURL(await told(api.GET('/v1/lessons/{id}/recordings/{recordingId}', {
      params: { path: { id: lesson, recordingId: recording.id } }, parseAs: 'blob',
    }))),
  });
  const { data: address } = file;
  useEffect(() => () => {
    if (address) URL.revokeObjectURL(address);
  }, [address]);
  const size = recording.size === null ? '' : new Intl.NumberFormat(locale, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(recording.size / 1e6);
  const ending = recording.mediaType.split(/[/;]/)[1]?.replace(/^(plain)$/, 'txt') ?? 'bin';
  return (
    <>
      {address && /^(video|audio)\//.test(recording.mediaType) ? <video className="review-file" src={address} controls playsInline /> : null}
      <ProblemNotice error={file.error} />
      <div className="actions">
        {recording.state !== 'shelved' ? null
          : address ? <a className="button quiet" href={address} download={`${recording.kind}.${ending}`}>{t('review.keepFile')}</a>
            : <Button kind="primary" busy={file.isPending} onPress={() => file.mutate()}>{t('review.fetch', { size })}</Button>}
        {children}
      </div>
    </>
  );
}
