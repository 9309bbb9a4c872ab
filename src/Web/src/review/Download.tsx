import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import { Button } from '../look/Button';
import { ProblemNotice } from '../look/ProblemNotice';

/** By an address that opens it for a while: a link of the page could send no right along. */
export function Download({ lesson, recording }: { lesson: string; recording: string }) {
  const { t } = useTranslation();
  const fetchIt = useMutation({
    mutationFn: () => told(api.POST('/v1/lessons/{id}/recordings/{recordingId}/viewings', { params: { path: { id: lesson, recordingId: recording } } })),
    onSuccess: ({ address }) => {
      const link = document.createElement('a');
      link.href = `${address}lesson.mp4`;
      link.download = 'lesson.mp4';
      link.click();
    },
  });
  return (
    <>
      <Button busy={fetchIt.isPending} onPress={() => fetchIt.mutate()}>{t('review.download')}</Button>
      <ProblemNotice error={fetchIt.error} />
    </>
  );
}
