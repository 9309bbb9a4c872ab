import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import type { RoomClient } from './media/roomClient';
import type { Stage } from './media/stage';

/** Says plainly whether the lesson is recorded, and because of whom not. */
export function RecordingLight({ stage }: { stage: Stage }) {
  const { t } = useTranslation('room');
  const locale = useLocale();
  const { state, for: missing, soundOnly } = stage.recording;
  if (state === 'off') return null;
  const list = new Intl.ListFormat(locale);
  const [text, names] = state === 'on' && soundOnly.length > 0 ? ['onSoundOnly', soundOnly] as const
    : (state === 'waiting' || state === 'paused') && missing.length > 0 ? [`${state}For`, missing] as const
    : [state, []] as const;
  return (
    <p className="room-recording" role="status" data-state={state}>
      <span aria-hidden="true" />
      {t(`recording.${text}`, { names: list.format(names) })}
    </p>
  );
}

/** For those who may: have the lesson recorded, or not. */
export function RecordLesson({ client, stage }: { client: RoomClient; stage: Stage }) {
  const { t } = useTranslation('room');
  const isOff = stage.recording.state === 'off' || stage.recording.state === 'failed';
  return (
    <button type="button" className="room-quiet" onClick={() => client.direct({ type: 'record', on: isOff })}>
      {isOff ? t('recording.start') : t('recording.stop')}
    </button>
  );
}
