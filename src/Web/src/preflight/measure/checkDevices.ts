import { appliedAudio, openDevices } from '../../room/media/devices';
import { Level } from '../../room/media/levels';
import type { DeviceState, Sound } from '../wire';

export interface CheckedDevices {
  microphone: DeviceState;
  camera: DeviceState;
  sound: Sound | null;
}

/** A working microphone in the quietest room still lies above this (0 is −60 dBFS); a muted one gives exactly nothing. */
const silence = 0.02;
const listenMs = 1_500;
const lookEveryMs = 60;

/** Opens microphone and camera as a lesson does, listens and looks for a moment, and closes both. */
export async function checkDevices(): Promise<CheckedDevices> {
  const opened = await openDevices({ music: true, maxVideoHeight: 360 });
  try {
    const [heard, seen] = await Promise.all([
      opened.audio ? isHeard(opened.audio) : false,
      opened.video ? isSeen(opened.video) : false,
    ]);
    return {
      microphone: opened.audio ? (heard ? 'ok' : 'silent') : (opened.audioProblem ?? 'failed'),
      camera: opened.video ? (seen ? 'ok' : 'silent') : (opened.videoProblem ?? 'failed'),
      sound: opened.audio ? soundOf(opened.audio) : null,
    };
  } finally {
    opened.audio?.stop();
    opened.video?.stop();
  }
}

/** What the browser says it really does, not what it was asked for. */
export function soundOf(track: MediaStreamTrack): Sound {
  const applied = appliedAudio(track);
  return {
    echoCancellation: applied.echoCancellation ?? null,
    noiseSuppression: applied.noiseSuppression ?? null,
    autoGainControl: applied.autoGainControl ?? null,
    channelCount: within(applied.channelCount, 1, 64),
    sampleRate: within(applied.sampleRate, 1_000, 768_000),
  };
}

function within(value: number | undefined, least: number, most: number): number | null {
  return value !== undefined && value >= least && value <= most ? Math.round(value) : null;
}

async function isHeard(track: MediaStreamTrack): Promise<boolean> {
  const level = new Level(track);
  try {
    return await until(() => level.read() > silence, listenMs);
  } finally {
    level.close();
  }
}

/** A covered lens gives one colour; a picture gives many. */
async function isSeen(track: MediaStreamTrack): Promise<boolean> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!;
  try {
    await video.play();
    return await until(() => {
      if (video.videoWidth === 0) return false;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      return hasDifferences(context.getImageData(0, 0, canvas.width, canvas.height).data);
    }, listenMs);
  } catch {
    return false;
  } finally {
    video.srcObject = null;
  }
}

/** RGBA of a picture: is the brightest point clearly brighter than the darkest? */
export function hasDifferences(pixels: Uint8ClampedArray): boolean {
  let least = 765;
  let most = 0;
  for (let i = 0; i + 2 < pixels.length; i += 4) {
    const light = pixels[i]! + pixels[i + 1]! + pixels[i + 2]!;
    least = Math.min(least, light);
    most = Math.max(most, light);
  }
  return most - least > 30;
}

async function until(holds: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    if (holds()) return true;
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
