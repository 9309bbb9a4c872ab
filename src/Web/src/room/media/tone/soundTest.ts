import { hearSignal, type Heard } from './hearing';
import { Loopback } from './loopback';
import recorderUrl from './recorder.worklet.js?url&no-inline';
import { signal, signalSeconds, type Ears } from './signal';
import { toneSource } from './source';

/** A jitter buffer holds no more than this, and the signal is to be whole in the recording. */
const slackSeconds = 0.6;
/** Connected and recorded take two and a half seconds on a machine that has time. */
const withinMs = 8_000;

/**
 * Sends the test signal through this browser's own encoder and decoder, set by these Opus parameters, and says what came of it. Null when the
 * browser did not let it through in time: that says nothing about its sound. Nobody hears it, and no microphone has a part in it.
 */
export async function testSound(parameters: string): Promise<Heard | null> {
  // By the clock of the signal: a headset's context would run at 16 kHz and be narrow by itself.
  const context = new AudioContext({ sampleRate: signal.rate });
  const loopback = new Loopback(parameters);
  const sink = new Audio();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), withinMs);
  });
  const run = async (): Promise<Heard | null> => {
    await Promise.all([context.resume(), context.audioWorklet.addModule(recorderUrl)]);
    const tone = toneSource(context);
    const stream = new MediaStream([await loopback.send(tone.track)]);
    // Chromium gives a received track to nobody before an element plays it.
    sink.muted = true;
    sink.srcObject = stream;
    await sink.play();
    const recorded = record(context, stream, signalSeconds + slackSeconds);
    tone.play('once');
    return hearSignal(await recorded);
  };
  try {
    return await Promise.race([run(), tooLong]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    sink.srcObject = null;
    loopback.close();
    void context.close();
  }
}

function record(context: AudioContext, stream: MediaStream, seconds: number): Promise<Ears> {
  const recorder = new AudioWorkletNode(context, 'muse-recorder', {
    numberOfOutputs: 0,
    channelCount: 2,
    channelCountMode: 'explicit',
    processorOptions: { frames: Math.round(seconds * context.sampleRate) },
  });
  return new Promise((resolve) => {
    recorder.port.onmessage = (event: MessageEvent<Ears>) => resolve(event.data);
    context.createMediaStreamSource(stream).connect(recorder);
  });
}
