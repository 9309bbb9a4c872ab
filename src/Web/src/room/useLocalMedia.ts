import { useCallback, useEffect, useRef, useState } from 'react';
import type { AppliedAudio, DeviceChoices, LocalMedia } from './media/devices';
import { appliedAudio, deviceChoices, openCamera, openDevices, openMicrophone } from './media/devices';

export interface OwnMedia extends LocalMedia {
  opening: boolean;
  choices: DeviceChoices;
  microphoneId: string;
  cameraId: string;
  applied: AppliedAudio | null;
  chooseMicrophone(id: string): Promise<MediaStreamTrack | null>;
  chooseCamera(id: string): Promise<MediaStreamTrack | null>;
}

const nothing: LocalMedia = { audio: null, video: null };

/** A lesson is music; `?height=360` makes the picture smaller on a weak machine. */
function wanted(microphoneId: string, cameraId: string) {
  const height = Number(new URLSearchParams(window.location.search).get('height'));
  return {
    music: true,
    maxVideoHeight: height >= 90 && height <= 1080 ? height : 720,
    microphoneId: microphoneId || undefined,
    cameraId: cameraId || undefined,
  };
}

/** This person's microphone and camera, open as long as the page is. */
export function useLocalMedia(): OwnMedia {
  const [media, setMedia] = useState<LocalMedia>(nothing);
  const [opening, setOpening] = useState(true);
  const [choices, setChoices] = useState<DeviceChoices>({ microphones: [], cameras: [] });
  const current = useRef<LocalMedia>(nothing);

  const show = useCallback((next: LocalMedia) => {
    current.current = next;
    setMedia(next);
  }, []);

  useEffect(() => {
    let gone = false;
    const look = () => void deviceChoices().then((found) => !gone && setChoices(found));
    void openDevices(wanted('', '')).then((opened) => {
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
      const { audio, audioProblem } = await openMicrophone(wanted(id, ''));
      show({ ...current.current, audio, audioProblem });
      return audio;
    },
    [show],
  );

  const chooseCamera = useCallback(
    async (id: string) => {
      current.current.video?.stop();
      const { video, videoProblem } = await openCamera(wanted('', id));
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
    applied: media.audio ? appliedAudio(media.audio) : null,
    chooseMicrophone,
    chooseCamera,
  };
}

function stop(media: LocalMedia): void {
  media.audio?.stop();
  media.video?.stop();
}
