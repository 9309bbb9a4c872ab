import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Problem } from '../api/problem';
import { fallBack } from './media/joining';
import type { RoomClient } from './media/roomClient';
import { StuckWatch } from './media/stuck';

/** True while sound and picture have not come through for twenty seconds. */
export function useStuck(client: RoomClient): boolean {
  const [stuck, setStuck] = useState(false);
  useEffect(() => {
    const watch = new StuckWatch();
    let gone = false;
    const look = async () => {
      const health = await client.health();
      if (!gone && client.getSnapshot().phase !== 'closed') setStuck(watch.see(performance.now(), health));
    };
    const timer = setInterval(() => void look().catch(() => undefined), 1_000);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [client]);
  return stuck;
}

/**
 * The room does not connect: the way to another one, for both, in one press. The server tells the other side. A guest has no say in where the
 * lesson is held and is told what often helps.
 */
export function FallbackOffer({ client, lessonId }: { client: RoomClient; lessonId: string | undefined }) {
  const { t } = useTranslation('room');
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<'none' | 'failed' | null>(lessonId === undefined ? 'none' : null);
  const ask = async () => {
    if (lessonId === undefined) return;
    setAsking(true);
    try {
      client.goTo(await fallBack(lessonId));
    } catch (error) {
      setRefusal(error instanceof Problem && error.code === 'no_fallback' ? 'none' : 'failed');
    } finally {
      setAsking(false);
    }
  };
  return (
    <section className="room-stuck" role="alert" aria-labelledby="room-stuck-title">
      <h2 id="room-stuck-title">{t('fallback.title')}</h2>
      {refusal === 'none' ? (
        <>
          <p>{lessonId === undefined ? t('fallback.guest') : t('fallback.none')}</p>
          <ul>
            {(['cable', 'otherNetwork', 'reload'] as const).map((tip) => <li key={tip}>{t(`fallback.${tip}`)}</li>)}
          </ul>
          {lessonId === undefined ? null : <Link className="room-back" to={`/preflight?lesson=${lessonId}`}>{t('testConnection')}</Link>}
        </>
      ) : (
        <>
          <p>{refusal === 'failed' ? t('fallback.failed') : t('fallback.text')}</p>
          <button type="button" className="room-enter" disabled={asking} onClick={() => void ask()}>
            {asking ? t('fallback.asking') : t('fallback.go')}
          </button>
        </>
      )}
    </section>
  );
}
