import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { unwantedProcessing } from './media/devices';
import { SoundTest } from './SoundTest';
import type { OwnMedia } from './useLocalMedia';

/** Which microphone and camera, and what the browser made of the wish for unprocessed sound. */
export function Devices({
  media,
  onMicrophone,
  onCamera,
  agreed,
}: {
  media: OwnMedia;
  onMicrophone: (id: string) => void;
  onCamera: (id: string) => void;
  /** What the sound is sent with, when the room has said so. */
  agreed?: () => string | null;
}) {
  const { t } = useTranslation('room');
  return (
    <div className="room-devices">
      <Choice
        label={t('microphone')}
        devices={media.choices.microphones}
        chosen={media.microphoneId}
        problem={media.audioProblem && t(`problem.microphone.${media.audioProblem}`)}
        onChoose={onMicrophone}
      />
      {media.music && <SoundTest applied={media.applied} agreed={agreed} />}
      <Choice
        label={t('camera')}
        devices={media.choices.cameras}
        chosen={media.cameraId}
        problem={media.videoProblem && t(`problem.camera.${media.videoProblem}`)}
        onChoose={onCamera}
      />
      <AppliedSound media={media} />
    </div>
  );
}

function Choice({
  label,
  devices,
  chosen,
  problem,
  onChoose,
}: {
  label: string;
  devices: MediaDeviceInfo[];
  chosen: string;
  problem: string | undefined;
  onChoose: (id: string) => void;
}) {
  const { t } = useTranslation('room');
  const id = useId();
  return (
    <div className="room-choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen} disabled={devices.length === 0} onChange={(event) => onChoose(event.target.value)}>
        {devices.length === 0 && <option value="">{t('noDevice')}</option>}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || t('deviceNumber', { number: index + 1 })}
          </option>
        ))}
      </select>
      {problem && (
        <p className="room-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function AppliedSound({ media }: { media: OwnMedia }) {
  const { t, i18n } = useTranslation('room');
  if (!media.applied) return null;
  const unwanted = media.music ? unwantedProcessing(media.applied) : [];
  const { channelCount, sampleRate } = media.applied;
  const facts = [
    channelCount === undefined ? null : channelCount >= 2 ? t('sound.stereo') : t('sound.mono'),
    sampleRate === undefined
      ? null
      : t('sound.rate', { rate: new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(sampleRate / 1000) }),
  ].filter((fact) => fact !== null);
  return (
    <p className={unwanted.length > 0 ? 'room-sound room-sound-warn' : 'room-sound'} data-unwanted={unwanted.join(' ')}>
      <strong>{unwanted.length > 0 ? t('sound.processed') : t(media.music ? 'sound.music' : 'sound.speech')}</strong>{' '}
      {unwanted.length > 0 && <span>{unwanted.map((name) => t(`sound.${name}`)).join(' · ')} </span>}
      <span>{facts.join(' · ')}</span>
    </p>
  );
}
