import { useCallback, useEffect, useRef, useState } from 'react';
import type { AppliedAudio, DeviceChoices, LocalMedia } from './media/devices';
import { appliedAudio, deviceChoices, openCamera, openDevices, openMicrophone } from './media/devices';

export interface OwnMedia extends LocalMedia {
  opening: boolean;
  choices: DeviceChoices;
  microphoneId: string;
  cameraId: string;
  /** The microphone is to be left as it is; otherwise it is for speech. */
  music: boolean;
  applied: AppliedAudio | null;
  chooseMicrophone(id: string): Promise<MediaStreamTrack | null>;
  chooseCamera(id: string): Promise<MediaStreamTrack | null>;
}

const nothing: LocalMedia = { audio: null, video: null };

/** `?height=360` makes the picture smaller on a weak machine. */
function wanted(music: boolean, microphoneId: string, cameraId: string) {
  const height = Number(new URLSearchParams(window.location.search).get('height'));
  return {
    music,
    maxVideoHeight: height >= 90 && height <= 1080 ? height : 720,
    microphoneId: microphoneId || undefined,
    cameraId: cameraId || undefined,
  };
}

/**
 * This person's microphone and camera, open as long as the page is. A lesson is music until the room says that it is for talking: then the
 * microphone is opened anew, and given to `onMicrophone`.
 */
export function useLocalMedia(music: boolean, onMicrophone: (track: MediaStreamTrack | null) => void): OwnMedia {
  const [media, setMedia] = useState<LocalMedia>(nothing);
  const [opening, setOpening] = useState(true);
  const [choices, setChoices] = useState<DeviceChoices>({ microphones: [], cameras: [] });
  const current = useRef<LocalMedia>(nothing);
  const openedFor = useRef(music);
  const give = useRef(onMicrophone);
  give.current = onMicrophone;

  const show = useCallback((next: LocalMedia) => {
    current.current = next;
    setMedia(next);
  }, []);

  useEffect(() => {
    let gone = false;
    const look = () => void deviceChoices().then((found) => !gone && setChoices(found));
    void openDevices(wanted(openedFor.current, '', '')).then((opened) => {
      if (gone) {
        stop(opened);
        return;
      }
      show(opened);
      setOpening(false);
      look();
    });
    navigator.mediaDevices?.addEventListener?.('devicechange', look);
    return () => {
      gone = true;
      navigator.mediaDevices?.removeEventListener?.('devicechange', look);
      stop(current.current);
      current.current = nothing;
    };
  }, [show]);

  const microphoneId = media.audio?.getSettings().deviceId ?? '';
  const cameraId = media.video?.getSettings().deviceId ?? '';

  // The old device is let go first: some tablets open only one camera at a time.
  const chooseMicrophone = useCallback(
    async (id: string) => {
      current.current.audio?.stop();
      const { audio, audioProblem } = await openMicrophone(wanted(openedFor.current, id, ''));
      show({ ...current.current, audio, audioProblem });
      return audio;
    },
    [show],
  );

  useEffect(() => {
    if (opening || openedFor.current === music) return;
    openedFor.current = music;
    const { audio } = current.current;
    if (audio) void chooseMicrophone(audio.getSettings().deviceId ?? '').then((track) => give.current(track));
  }, [opening, music, chooseMicrophone]);

  const chooseCamera = useCallback(
    async (id: string) => {
      current.current.video?.stop();
      const { video, videoProblem } = await openCamera(wanted(openedFor.current, '', id));
      show({ ...current.current, video, videoProblem });
      return video;
    },
    [show],
  );

  return {
    ...media,
    opening,
    choices,
    microphoneId,
    cameraId,
    music,
    applied: media.audio ? appliedAudio(media.audio) : null,
    chooseMicrophone,
    chooseCamera,
  };
}

function stop(media: LocalMedia): void {
  media.audio?.stop();
  media.video?.stop();
}
