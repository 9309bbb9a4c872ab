import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { showsPicture, type Stat } from './media/measuring';
import type { RoomClient, Snapshot } from './media/roomClient';
import { SentSoundWatch, soundFaults, type SentSound, type SoundFault } from './media/soundCheck';
import type { ToneFault } from './media/tone/hearing';
import { agreedSound } from './media/tone/parameters';
import { foundBefore, testAndRemember } from './media/tone/remembered';
import type { OwnMedia } from './useLocalMedia';

const lookMs = 5_000;

/** Says plainly what of music mode the browser does not do. */
export function SoundFaults({ client, snapshot, media, off }: { client: RoomClient; snapshot: Snapshot; media: OwnMedia; off: boolean }) {
  const { t } = useTranslation('room');
  const isInside = snapshot.phase === 'inside';
  const sent = useSentSound(client, off || !isInside);
  const tone = useToneTest(client, isInside && snapshot.profile?.music === true);
  if (!snapshot.profile || !media.audio) return null;
  const faults = soundFaults(snapshot.profile, media.applied, sent, tone);
  if (faults.length === 0) return null;
  return (
    <details className="room-soundfaults" data-faults={faults.join(' ')}>
      <summary>{t('soundFault.title')}</summary>
      <FaultList faults={faults} />
    </details>
  );
}

export function FaultList({ faults }: { faults: SoundFault[] }) {
  const { t } = useTranslation('room');
  return (
    <ul>
      {faults.map((fault) => (
        <li key={fault}>{t(`soundFault.${fault}`)}</li>
      ))}
    </ul>
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

/**
 * What the test tone found in this browser with what was agreed for this room. A browser that is not known yet is tested once: not before the
 * first picture is there, so that coming in waits for nothing, and not again in this stay when nothing came of it.
 */
function useToneTest(client: RoomClient, wanted: boolean): readonly ToneFault[] {
  const [found, setFound] = useState<readonly ToneFault[]>([]);
  const tested = useRef(false);
  useEffect(() => {
    if (!wanted || tested.current) return;
    let done = false;
    const look = async () => {
      const { publish } = client.connections();
      const agreed = agreedSound(publish);
      if (done || !agreed || publish?.connectionState !== 'connected' || !(await isSeeing(client)) || done) return;
      done = tested.current = true;
      clearInterval(timer);
      setFound(foundBefore(agreed) ?? (await testAndRemember(agreed)) ?? []);
    };
    const timer = setInterval(() => void look(), lookMs);
    return () => {
      done = true;
      clearInterval(timer);
    };
  }, [client, wanted]);
  return found;
}

/** Those who send a picture are seen, or nobody sends one. */
async function isSeeing(client: RoomClient): Promise<boolean> {
  if (!client.getSnapshot().remotes.some((remote) => remote.video && !remote.videoMuted && !remote.videoSilenced)) return true;
  const stats: Stat[] = [];
  (await client.connections().subscribe?.getStats().catch(() => undefined))?.forEach((stat: Stat) => stats.push(stat));
  return showsPicture(stats);
}
