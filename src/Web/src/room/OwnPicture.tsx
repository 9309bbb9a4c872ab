import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CameraOffIcon } from './icons';
import { LevelMeter } from './LevelMeter';
import { Picture } from './Picture';

export function OwnPicture({ audio, video, hidden }: { audio: MediaStreamTrack | null; video: MediaStreamTrack | null; hidden: boolean }) {
  const { t } = useTranslation('room');
  const stream = useMemo(() => new MediaStream(), []);

  useEffect(() => {
    for (const old of stream.getVideoTracks()) if (old !== video) stream.removeTrack(old);
    if (video) stream.addTrack(video);
  }, [stream, video]);

  return (
    <div className="room-own">
      <div className="room-frame">
        {video && !hidden ? (
          <Picture stream={stream} label={t('ownPicture')} muted mirrored />
        ) : (
          <p className="room-nopicture">
            <CameraOffIcon />
            <span>{t('cameraOff')}</span>
          </p>
        )}
      </div>
      <LevelMeter track={audio} label={t('ownLevel')} />
    </div>
  );
}
