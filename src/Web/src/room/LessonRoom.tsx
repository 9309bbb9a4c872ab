import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Marked, useMarking } from './AgainFromHere';
import { Devices } from './Devices';
import { CameraIcon, CameraOffIcon, FullScreenIcon, LeaveIcon, MarkIcon, MicrophoneIcon, MicrophoneOffIcon, PeopleIcon, SettingsIcon } from './icons';
import type { RoomClient, Snapshot } from './media/roomClient';
import { agreedSound } from './media/tone/parameters';
import { OwnPicture } from './OwnPicture';
import { EndLesson, People, Waiting } from './People';
import { RecordingLight, RecordLesson } from './RecordingLight';
import { RemoteTile } from './RemoteTile';
import { SoundFaults } from './SoundFaults';
import { useAnnouncements } from './useAnnouncements';
import type { OwnMedia } from './useLocalMedia';

/** The room itself: the others large, oneself small, the controls within a thumb's reach. */
export function LessonRoom({
  client,
  snapshot,
  media,
  isTutor,
  lessonId,
}: {
  client: RoomClient;
  snapshot: Snapshot;
  media: OwnMedia;
  isTutor: boolean;
  /** Guests know of none, and mark nothing. */
  lessonId: string | undefined;
}) {
  const { t } = useTranslation('room');
  const page = useRef<HTMLElement>(null);
  const settings = useRef<HTMLDialogElement>(null);
  const people = useRef<HTMLDialogElement>(null);
  const { stage } = snapshot;
  const directs = stage.self?.role === 'tutor' || isTutor;
  const [microphoneOff, setMicrophoneOff] = useState(false);
  const [cameraOff, setCameraOff] = useState(false);
  const announcement = useAnnouncements(snapshot);
  const marking = useMarking(lessonId);

  const toggleMicrophone = () => {
    client.mute('audio', !microphoneOff);
    setMicrophoneOff(!microphoneOff);
  };
  const toggleCamera = () => {
    client.mute('video', !cameraOff);
    setCameraOff(!cameraOff);
  };

  return (
    <main ref={page} className="room-stage" data-phase={snapshot.phase} data-remotes={snapshot.remotes.length}>
      <h1 className="room-unseen">{t('lessonRoom')}</h1>
      <p className="room-unseen" role="status" aria-live="polite">
        {announcement}
      </p>
      <section
        className="room-others"
        aria-label={t('others')}
        data-crowd={crowdOf(snapshot.remotes.length)}
        data-spotlight={snapshot.remotes.some((remote) => remote.participantId === stage.spotlight)}
      >
        {snapshot.remotes.map((remote) => (
          <RemoteTile key={remote.participantId} remote={remote} stage={stage} client={client} />
        ))}
        {snapshot.remotes.length === 0 && <p className="room-alone">{snapshot.phase === 'entering' ? t('entering') : t('alone')}</p>}
      </section>
      {snapshot.phase === 'reconnecting' && <p className="room-banner">{t('reconnecting')}</p>}
      <div className="room-notices">
        <RecordingLight stage={stage} />
        {lessonId !== undefined && <Marked marking={marking} />}
        {directs && <Waiting client={client} stage={stage} />}
        <SoundFaults client={client} snapshot={snapshot} media={media} off={microphoneOff} />
        {stage.self?.audioSilenced && <p role="status">{t('silenced.audio')}</p>}
        {stage.self?.videoSilenced && <p role="status">{t('silenced.video')}</p>}
      </div>
      <OwnPicture audio={microphoneOff ? null : media.audio} video={media.video} hidden={cameraOff} />
      <div className="room-controls" role="toolbar" aria-label={t('controls')}>
        <Control off={microphoneOff} onClick={toggleMicrophone} label={microphoneOff ? t('unmute') : t('mute')}>
          {microphoneOff ? <MicrophoneOffIcon /> : <MicrophoneIcon />}
        </Control>
        <Control off={cameraOff} onClick={toggleCamera} label={cameraOff ? t('showCamera') : t('hideCamera')}>
          {cameraOff ? <CameraOffIcon /> : <CameraIcon />}
        </Control>
        {lessonId !== undefined && (
          <Control onClick={marking.press} label={t('marks.again')} hint={t('marks.key')} keys="PageDown">
            <MarkIcon />
          </Control>
        )}
        <Control onClick={() => people.current?.showModal()} label={t('people.title')}>
          <PeopleIcon />
        </Control>
        <Control onClick={() => settings.current?.showModal()} label={t('settings')}>
          <SettingsIcon />
        </Control>
        {document.fullscreenEnabled && (
          <Control onClick={() => void toggleFullScreen(page.current)} label={t('fullScreen')}>
            <FullScreenIcon />
          </Control>
        )}
        <button type="button" className="room-control room-leave" onClick={() => client.leave()}>
          <LeaveIcon />
          <span>{t('leave')}</span>
        </button>
      </div>
      <dialog ref={settings} className="room-settings" aria-labelledby="room-settings-title">
        <h2 id="room-settings-title">{t('settings')}</h2>
        <Devices
          media={media}
          onMicrophone={(id) => void media.chooseMicrophone(id).then((track) => client.use('audio', track))}
          onCamera={(id) => void media.chooseCamera(id).then((track) => client.use('video', track))}
          agreed={() => agreedSound(client.connections().publish)}
        />
        {directs && <RecordLesson client={client} stage={stage} />}
        {directs && (
          <EndLesson
            onEnd={() => {
              settings.current?.close();
              client.direct({ type: 'endLesson' });
            }}
          />
        )}
        <button type="button" className="room-enter" onClick={() => settings.current?.close()}>
          {t('done')}
        </button>
      </dialog>
      <dialog ref={people} className="room-settings" aria-labelledby="room-people-title">
        <h2 id="room-people-title">{t('people.title')}</h2>
        <People client={client} remotes={snapshot.remotes} stage={stage} />
        <button type="button" className="room-enter" onClick={() => people.current?.close()}>
          {t('done')}
        </button>
      </dialog>
    </main>
  );
}

/** How closely the others are seated: from five on the tiles are smaller, and those that find no room are scrolled to. */
function crowdOf(others: number): 'few' | 'some' | 'many' {
  return others < 5 ? 'few' : others < 10 ? 'some' : 'many';
}

function Control({
  label,
  hint = label,
  keys,
  off,
  onClick,
  children,
}: {
  label: string;
  hint?: string;
  keys?: string;
  /** Only for the colour: the label says what a press does. */
  off?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <button type="button" className="room-control" aria-label={label} title={hint} aria-keyshortcuts={keys} data-off={off} onClick={onClick}>
      {children}
    </button>
  );
}

async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await element?.requestFullscreen();
  } catch {
    // Some browsers refuse on some screens; the room stays as it is.
  }
}
