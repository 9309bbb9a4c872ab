import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RoomClient, Snapshot } from './media/roomClient';
import { SentSoundWatch, soundFaults, type SentSound } from './media/soundCheck';
import type { OwnMedia } from './useLocalMedia';

const lookMs = 5_000;

/** Says plainly what of music mode the browser does not do. */
export function SoundFaults({ client, snapshot, media, off }: { client: RoomClient; snapshot: Snapshot; media: OwnMedia; off: boolean }) {
  const { t } = useTranslation('room');
  const sent = useSentSound(client, off || snapshot.phase !== 'inside');
  if (!snapshot.profile || !media.audio) return null;
  const faults = soundFaults(snapshot.profile, media.applied, sent);
  if (faults.length === 0) return null;
  return (
    <details className="room-soundfaults" data-faults={faults.join(' ')}>
      <summary>{t('soundFault.title')}</summary>
      <ul>
        {faults.map((fault) => (
          <li key={fault}>{t(`soundFault.${fault}`)}</li>
        ))}
      </ul>
    </details>
  );
}

/** What goes out; null while nothing is to be sent. */
function useSentSound(client: RoomClient, off: boolean): SentSound | null {
  const [sent, setSent] = useState<SentSound | null>(null);
  useEffect(() => {
    if (off) {
      setSent(null);
      return;
    }
    const watch = new SentSoundWatch();
    let gone = false;
    const look = async () => {
      const stats = await client.connections().publish?.getStats().catch(() => undefined);
      if (stats && !gone) setSent(watch.read(stats as unknown as Iterable<[string, never]>));
    };
    const timer = setInterval(() => void look(), lookMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [client, off]);
  return sent;
}
