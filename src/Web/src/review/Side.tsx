import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { maybe } from '../i18n/maybe';
import type { Playback } from './playback';
import type { ReviewSide } from './queries';

/** One person's picture, with what is heard of them. */
export function Side({ side, index, playback, poster, isMuted, isSolo, isThere, alone }: {
  side: ReviewSide;
  index: number;
  playback: Playback;
  poster: string | undefined;
  isMuted: boolean;
  isSolo: boolean;
  isThere: boolean;
  alone: boolean;
}) {
  const { t, i18n } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    playback.attach(index, video.current!);
    return () => playback.detach(index);
  }, [playback, index]);
  const role = maybe(i18n, t, `timeline.role.${side.part}`);
  return (
    <figure className="review-side" data-picture={side.hasPicture} data-there={isThere}>
      <video ref={video} poster={poster} playsInline preload="auto" />
      <figcaption>
        <span><bdi>{side.name || role}</bdi>{side.name && role ? <span className="soft"> · {role}</span> : null}</span>
        {side.hasSound && !alone ? (
          <span className="review-heard">
            <button type="button" className="button plain" aria-pressed={isSolo} onClick={() => playback.solo(index)}>{t('review.solo')}</button>
            <button type="button" className="button plain" aria-pressed={isMuted} onClick={() => playback.mute(index)}>{t('review.mute')}</button>
          </span>
        ) : null}
      </figcaption>
    </figure>
  );
}
