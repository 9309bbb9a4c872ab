import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Button } from '../look/Button';
import { ProblemNotice } from '../look/ProblemNotice';
import { beginViewing } from './queries';

/** By an address that opens it for a while: a link of the page could send no right along. */
export function Download({ lesson, recording }: { lesson: string; recording: string }) {
  const { t } = useTranslation();
  const fetchIt = useMutation({
    mutationFn: () => beginViewing(lesson, recording),
    onSuccess: ({ address, file }) => {
      const link = document.createElement('a');
      link.href = address + file;
      link.download = file;
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
