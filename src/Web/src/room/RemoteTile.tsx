import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CameraOffIcon, MicrophoneOffIcon } from './icons';
import { LevelMeter } from './LevelMeter';
import type { Remote, RoomClient } from './media/roomClient';
import { delayBetween, type Stage } from './media/stage';
import { Picture } from './Picture';

/** One of the others: the picture, who it is, and in words what is not as it should be. */
export function RemoteTile({ remote, stage, client }: { remote: Remote; stage: Stage; client: RoomClient }) {
  const { t } = useTranslation('room');
  const tile = useRef<HTMLElement>(null);
  useShownHeight(tile, (height) => client.view(remote.participantId, height));

  const off = remote.videoSilenced ? t('theirCameraSilenced') : remote.videoMuted ? t('theirCameraOff') : remote.video ? null : t('noPictureYet');
  const picture = remote.videoTrackId ? stage.pictures.get(remote.videoTrackId) : undefined;
  const delay = stage.self ? delayBetween(stage, stage.self.participantId, remote.participantId) : null;
  const soundOff = remote.audioSilenced ? t('theirMicrophoneSilenced') : remote.audioMuted ? t('theirMicrophoneOff') : null;
  return (
    <figure
      ref={tile}
      className="room-remote"
      data-participant={remote.participantId}
      data-role={remote.role}
      data-speaking={stage.speaker === remote.participantId && !soundOff}
      data-large={stage.spotlight === remote.participantId}
    >
      <Picture stream={remote.stream} label={t('pictureOf', { name: remote.displayName })} />
      {off ? (
        <p className="room-nopicture">
          <CameraOffIcon />
          <span>{off}</span>
        </p>
      ) : (
        picture && picture !== 'whole' && picture !== 'hidden' && <p className="room-thin">{t(`picture.${picture}`)}</p>
      )}
      <figcaption className="room-name">
        <bdi>{remote.displayName}</bdi>
        <span className="room-role">{t(`role.${remote.role}`)}</span>
        {soundOff && (
          <span className="room-muted" role="img" aria-label={soundOff} title={soundOff}>
            <MicrophoneOffIcon />
          </span>
        )}
        {delay !== null && (
          <span className="room-delay" title={t('delayMeans')}>
            {t('delay', { ms: delay })}
          </span>
        )}
        <LevelMeter track={soundOff ? null : remote.audio} label={t('levelOf', { name: remote.displayName })} />
      </figcaption>
    </figure>
  );
}

/** How many lines of the screen the picture takes, with what lies beside it left out; none while it is scrolled away. */
function useShownHeight(tile: React.RefObject<HTMLElement | null>, tell: (height: number) => void): void {
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => {
    const element = tile.current;
    const video = element?.querySelector('video');
    if (!element || !video) return;
    let isInSight = true;
    const measure = () => {
      if (!isInSight) {
        latest.current(0);
        return;
      }
      const { clientWidth: width, clientHeight: height } = element;
      const shape = video.videoWidth > 0 ? video.videoHeight / video.videoWidth : 9 / 16;
      latest.current(Math.min(height, width * shape) * window.devicePixelRatio);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    video.addEventListener('resize', measure);
    // A little before it comes into sight, so that it has its picture by then.
    const sight = new IntersectionObserver(
      (seen) => {
        isInSight = seen.at(-1)?.isIntersecting ?? true;
        measure();
      },
      { root: element.parentElement, rootMargin: '20% 0px' },
    );
    sight.observe(element);
    return () => {
      sight.disconnect();
      observer.disconnect();
      video.removeEventListener('resize', measure);
      latest.current(0);
    };
  }, [tile]);
}
