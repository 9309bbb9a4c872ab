import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { session } from '../api/session';
import { Button } from '../look/Button';
import { Notice } from '../look/Notice';
import { Page } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';

/** A child's tablet: one press signs it in. Not at once on load, because mail scanners and previews open links too. */
export function Device() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [secret] = useState(() => window.location.hash.slice(1));
  const enter = useMutation({
    mutationFn: () => session.signInWithDeviceLink(secret),
    onSuccess: async () => {
      queries.clear();
      await navigate('/', { replace: true });
    },
  });
  return (
    <Page title={t('device.title')} lead={t('device.lead')} narrow>
      <div className="card form">
        <ProblemNotice error={enter.error} />
        {secret === '' ? <Notice kind="warn"><p>{t('device.noSecret')}</p></Notice> : (
          <Button kind="primary" large busy={enter.isPending} onPress={() => enter.mutate()}>{t('device.enter')}</Button>
        )}
      </div>
    </Page>
  );
}
