import { useTranslation } from 'react-i18next';
import { CameraOffIcon, MicrophoneOffIcon } from './icons';
import { LevelMeter } from './LevelMeter';
import type { Remote } from './media/roomClient';
import { Picture } from './Picture';

export function RemoteTile({ remote }: { remote: Remote }) {
  const { t } = useTranslation('room');
  const pictureGone = remote.video === null || remote.videoMuted;
  return (
    <figure className="room-remote" data-participant={remote.participantId} data-role={remote.role}>
      <Picture stream={remote.stream} label={t('pictureOf', { name: remote.displayName })} />
      {pictureGone && (
        <p className="room-nopicture">
          <CameraOffIcon />
          <span>{remote.videoMuted ? t('theirCameraOff') : t('noPictureYet')}</span>
        </p>
      )}
      <figcaption className="room-name">
        <bdi>{remote.displayName}</bdi>
        <span className="room-role">{t(`role.${remote.role}`)}</span>
        {remote.audioMuted && (
          <span className="room-muted" role="img" aria-label={t('theirMicrophoneOff')}>
            <MicrophoneOffIcon />
          </span>
        )}
        <LevelMeter track={remote.audioMuted ? null : remote.audio} label={t('levelOf', { name: remote.displayName })} />
      </figcaption>
    </figure>
  );
}
