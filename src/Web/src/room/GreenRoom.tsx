import { Fragment, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serverNow } from '../time/clock';
import { Devices } from './Devices';
import { OwnPicture } from './OwnPicture';
import type { RoomPlace } from './place';
import type { OwnMedia } from './useLocalMedia';

/** Before the room: see and hear yourself, choose, then one button. */
export function GreenRoom({
  place,
  media,
  entering,
  onEnter,
}: {
  place: RoomPlace;
  media: OwnMedia;
  entering: boolean;
  onEnter: () => void;
}) {
  const { t } = useTranslation('room');
  const opensIn = useSecondsUntil(place.opensAt);
  const { closed, lesson } = place;
  return (
    <main className="room-green">
      <header>
        <h1>{t('greenRoom')}</h1>
        <p>
          {place.names.map((name, at) => (
            <Fragment key={at}>
              {at > 0 && ' · '}
              <bdi>{name}</bdi>
            </Fragment>
          ))}
        </p>
      </header>
      <OwnPicture audio={media.audio} video={media.video} hidden={false} />
      <div className="room-green-side">
        {media.opening ? (
          <p role="status">{t('openingDevices')}</p>
        ) : (
          <Devices media={media} onMicrophone={(id) => void media.chooseMicrophone(id)} onCamera={(id) => void media.chooseCamera(id)} />
        )}
        <div role="status" aria-live="polite">
          {closed && <p className="room-problem">{t(`refusal.${closed}`)}</p>}
          {!closed && opensIn > 0 && <p className="room-notice">{t('opensIn', { time: clockOf(opensIn) })}</p>}
        </div>
        <button
          type="button"
          className="room-enter"
          disabled={media.opening || entering || closed !== null || opensIn > 0}
          onClick={onEnter}
        >
          {entering ? t('entering') : t('enter')}
        </button>
        {lesson && (
          <>
            <Link className="room-back" to={`/preflight?lesson=${lesson.id}`}>
              {t('testConnection')}
            </Link>
            <Link className="room-back" to={`/lessons/${lesson.id}`}>
              {t('backToLesson')}
            </Link>
          </>
        )}
      </div>
    </main>
  );
}

/** Counts down by the second and by the server's clock, never below zero. */
function useSecondsUntil(instant: string | null): number {
  const left = () => (instant === null ? 0 : Math.max(0, Math.ceil((Date.parse(instant) - serverNow()) / 1000)));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (instant === null) return;
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
  }, [instant]);
  return seconds;
}

function clockOf(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
