import { signal } from '../../room/media/tone/signal';
import { toneSource } from '../../room/media/tone/source';

/** Noise does not compress: a small picture of it fills whatever the room asks for, where a still one would show a rate of nothing. */
const width = 480;
const height = 270;
const framesPerSecond = 30;

export interface Source {
  audio: MediaStreamTrack;
  video: MediaStreamTrack;
  stop(): void;
}

/** A made-up picture and sound: the measuring waits for nobody's permission, and nothing of the person is sent. */
export function startSource(): Source {
  const noise = noiseOf(width * 2, height * 2);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const picture = canvas.getContext('2d', { alpha: false })!;
  const draw = () => picture.drawImage(noise, -Math.floor(Math.random() * width), -Math.floor(Math.random() * height));
  draw();
  const clock = setInterval(draw, 1000 / framesPerSecond);
  const video = canvas.captureStream(framesPerSecond).getVideoTracks()[0]!;

  const sound = new AudioContext({ sampleRate: signal.rate });
  void sound.resume();
  const tone = toneSource(sound);
  tone.play('for ever');
  const audio = tone.track;

  return {
    audio,
    video,
    stop() {
      clearInterval(clock);
      audio.stop();
      video.stop();
      void sound.close();
    },
  };
}

function noiseOf(wide: number, high: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = wide;
  canvas.height = high;
  const context = canvas.getContext('2d', { alpha: false })!;
  const image = context.createImageData(wide, high);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | Math.floor(Math.random() * 0x1000000);
  context.putImageData(image, 0, 0);
  return canvas;
}
