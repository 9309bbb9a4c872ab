import type { Page } from 'playwright-core';
import type { Visitor } from './browser';

export type Ear = 'left' | 'right';

export interface Tone {
  ear: Ear;
  hz: number;
  /** Of a full-scale sine. */
  decibels: number;
}

/** Of the analyser on the listening side. */
const size = 32_768;
const rate = 48_000;

/** The nearest frequency that falls into the middle of one of the analyser's lines, so that every tone is weighed alike. */
export function onLine(hz: number): number {
  return (Math.round((hz * size) / rate) * rate) / size;
}

/** From the next page on, this visitor's microphone is a synthesizer: silent until `play`. */
export async function synthesize(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript((sampleRate) => {
    const devices = navigator.mediaDevices;
    const own = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints?: MediaStreamConstraints) => {
      if (!constraints?.audio) return own(constraints);
      const context = new AudioContext({ sampleRate });
      const out = context.createMediaStreamDestination();
      const ears = context.createChannelMerger(2);
      ears.connect(out);
      let playing: OscillatorNode[] = [];
      (window as unknown as { __play: (tones: Tone[]) => void }).__play = (tones) => {
        for (const tone of playing) tone.stop();
        playing = tones.map((tone) => {
          const oscillator = new OscillatorNode(context, { frequency: tone.hz });
          const gain = new GainNode(context, { gain: 10 ** (tone.decibels / 20) });
          oscillator.connect(gain).connect(ears, 0, tone.ear === 'left' ? 0 : 1);
          oscillator.start();
          return oscillator;
        });
      };
      await context.resume();
      const picture = constraints.video ? await own({ video: constraints.video }) : null;
      return new MediaStream([...out.stream.getAudioTracks(), ...(picture?.getVideoTracks() ?? [])]);
    };
  }, rate);
}

/** From the next page on, this browser reads every answer about its sound with `from` replaced by `to`: as one would that cannot do better. */
export async function misread(visitor: Visitor, change: { from: RegExp; to: string }): Promise<void> {
  await visitor.context.addInitScript(
    ([from, to]) => {
      const Own = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Own {
        override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
          const sdp = description.sdp ?? '';
          return super.setRemoteDescription({ type: description.type, sdp: description.type === 'answer' ? sdp.replace(new RegExp(from, 'g'), to) : sdp });
        }
      };
    },
    [change.from.source, change.to] as const,
  );
}

export function play(page: Page, tones: Tone[]): Promise<void> {
  return page.evaluate((wanted) => (window as unknown as { __play: (tones: Tone[]) => void }).__play(wanted), tones);
}

/**
 * How strong each frequency is in each ear of the first remote person, in decibels that compare among themselves alone. Each is the median
 * of `windows` looks of 0.7 s: a look in which the receiver stretched or concealed something smears.
 */
export function hear(page: Page, hz: number[], windows = 5): Promise<Record<Ear, number[]>> {
  return page.evaluate(
    async ([lines, looks, fftSize, sampleRate]) => {
      const video = document.querySelector<HTMLVideoElement>('.room-remote video');
      const track = (video?.srcObject as MediaStream | null)?.getAudioTracks()[0];
      if (!track) throw new Error('no remote sound on the page');
      const context = new AudioContext({ sampleRate });
      await context.resume();
      const split = context.createChannelSplitter(2);
      context.createMediaStreamSource(new MediaStream([track])).connect(split);
      const ears = [0, 1].map((channel) => {
        const analyser = new AnalyserNode(context, { fftSize, smoothingTimeConstant: 0 });
        split.connect(analyser, channel);
        return analyser;
      });
      const seen: number[][][] = [];
      for (let look = 0; look < looks; look++) {
        await new Promise((resolve) => setTimeout(resolve, 750));
        seen.push(
          ears.map((analyser) => {
            const spectrum = new Float32Array(analyser.frequencyBinCount);
            analyser.getFloatFrequencyData(spectrum);
            return lines.map((frequency) => {
              const centre = Math.round((frequency * fftSize) / sampleRate);
              let power = 0;
              for (let line = centre - 3; line <= centre + 3; line++) power += 10 ** ((spectrum[line] ?? -200) / 10);
              return 10 * Math.log10(Math.max(power, 1e-20));
            });
          }),
        );
      }
      await context.close();
      const [left, right] = [0, 1].map((ear) =>
        lines.map((_, line) => seen.map((look) => look[ear]![line]!).sort((a, b) => a - b)[Math.floor(looks / 2)]!),
      );
      return { left: left!, right: right! };
    },
    [hz, windows, size, rate] as const,
  );
}
