export interface Wanted {
  microphoneId?: string | undefined;
  cameraId?: string | undefined;
  music: boolean;
  maxVideoHeight: number;
}

/** Why a device cannot be had, in words the page has texts for. */
export type DeviceProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';

export interface LocalMedia {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  audioProblem?: DeviceProblem | undefined;
  videoProblem?: DeviceProblem | undefined;
}

/** What music mode asks for and what the browser really did. */
export interface AppliedAudio {
  echoCancellation: boolean | undefined;
  noiseSuppression: boolean | undefined;
  autoGainControl: boolean | undefined;
  channelCount: number | undefined;
  sampleRate: number | undefined;
}

export function audioConstraints(wanted: Wanted): MediaTrackConstraints {
  const processing = !wanted.music;
  return {
    ...(wanted.microphoneId ? { deviceId: { exact: wanted.microphoneId } } : {}),
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
    channelCount: { ideal: wanted.music ? 2 : 1 },
    sampleRate: { ideal: 48_000 },
  };
}

export function videoConstraints(wanted: Wanted): MediaTrackConstraints {
  return {
    ...(wanted.cameraId ? { deviceId: { exact: wanted.cameraId } } : { facingMode: 'user' }),
    width: { ideal: Math.round((wanted.maxVideoHeight * 16) / 9) },
    height: { ideal: wanted.maxVideoHeight },
    frameRate: { ideal: 30, max: 30 },
  };
}

/** Opens what can be opened: a lesson goes on with a microphone alone, and with a camera alone. */
export async function openDevices(wanted: Wanted): Promise<LocalMedia> {
  if (!navigator.mediaDevices?.getUserMedia) {
    return { audio: null, video: null, audioProblem: 'insecure', videoProblem: 'insecure' };
  }
  try {
    // One request asks the person once.
    const both = await navigator.mediaDevices.getUserMedia({ audio: audioConstraints(wanted), video: videoConstraints(wanted) });
    return hint(wanted, { audio: both.getAudioTracks()[0] ?? null, video: both.getVideoTracks()[0] ?? null });
  } catch {
    const [audio, video] = await Promise.all([openOne({ audio: audioConstraints(wanted) }), openOne({ video: videoConstraints(wanted) })]);
    return hint(wanted, { audio: audio.track, video: video.track, audioProblem: audio.problem, videoProblem: video.problem });
  }
}

export async function openMicrophone(wanted: Wanted): Promise<LocalMedia> {
  const { track, problem } = await openOne({ audio: audioConstraints(wanted) });
  return hint(wanted, { audio: track, video: null, audioProblem: problem });
}

export async function openCamera(wanted: Wanted): Promise<LocalMedia> {
  const { track, problem } = await openOne({ video: videoConstraints(wanted) });
  return hint(wanted, { audio: null, video: track, videoProblem: problem });
}

async function openOne(what: MediaStreamConstraints): Promise<{ track: MediaStreamTrack | null; problem?: DeviceProblem }> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(what);
    return { track: stream.getTracks()[0] ?? null };
  } catch (error) {
    return { track: null, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): DeviceProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

function hint(wanted: Wanted, media: LocalMedia): LocalMedia {
  if (media.audio && 'contentHint' in media.audio) media.audio.contentHint = wanted.music ? 'music' : 'speech';
  return media;
}

export function appliedAudio(track: MediaStreamTrack): AppliedAudio {
  const settings = track.getSettings();
  return {
    echoCancellation: settings.echoCancellation as boolean | undefined,
    noiseSuppression: settings.noiseSuppression,
    autoGainControl: settings.autoGainControl,
    channelCount: settings.channelCount,
    sampleRate: settings.sampleRate,
  };
}

/** Processing that music mode did not want and the browser does all the same (some always do). */
export function unwantedProcessing(applied: AppliedAudio): ('echoCancellation' | 'noiseSuppression' | 'autoGainControl')[] {
  return (['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const).filter((name) => applied[name] === true);
}

export interface DeviceChoices {
  microphones: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
}

/** Labels are there only after the person has allowed a device. */
export async function deviceChoices(): Promise<DeviceChoices> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return {
    microphones: all.filter((device) => device.kind === 'audioinput' && device.deviceId !== ''),
    cameras: all.filter((device) => device.kind === 'videoinput' && device.deviceId !== ''),
  };
}
