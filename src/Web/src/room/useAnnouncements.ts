import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Snapshot } from './media/roomClient';

/** Says who came and went to those who do not see it. */
export function useAnnouncements(snapshot: Snapshot): string {
  const { t } = useTranslation('room');
  const [text, setText] = useState('');
  const before = useRef(new Map<string, string>());

  useEffect(() => {
    const now = new Map(snapshot.remotes.map((remote) => [remote.participantId, remote.displayName]));
    const came = [...now].filter(([id]) => !before.current.has(id)).map(([, name]) => t('cameIn', { name }));
    const went = [...before.current].filter(([id]) => !now.has(id)).map(([, name]) => t('wentOut', { name }));
    before.current = now;
    if (came.length + went.length > 0) setText([...came, ...went].join(' '));
  }, [snapshot.remotes, t]);

  return snapshot.phase === 'reconnecting' ? t('reconnecting') : text;
}
