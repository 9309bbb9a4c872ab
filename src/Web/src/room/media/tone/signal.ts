/**
 * What is sent to find out what becomes of music: another tone in each ear, one high tone in both, then the same two tones so quiet that
 * whatever takes noise away would take them. All levels are dB of a full-scale sine, all times seconds.
 */
export const signal = {
  rate: 48_000,
  leftHz: 500,
  rightHz: 1_500,
  /** Above what Opus keeps of speech (12 kHz), below where adults hear nothing. */
  highHz: 16_000,
  loud: -20,
  high: -26,
  quiet: -50,
  /** The first moment is the encoder's and the buffer's, and is not judged. */
  loudFor: 0.8,
  quietFor: 0.7,
} as const;

export const signalSeconds = signal.loudFor + signal.quietFor;

/** No click at the beginning, in the middle or at the end. */
const rampSeconds = 0.01;

export interface Ears {
  left: Float32Array<ArrayBuffer>;
  right: Float32Array<ArrayBuffer>;
}

export function testSignal(): Ears {
  const { rate, leftHz, rightHz, highHz, loudFor } = signal;
  const length = Math.round(signalSeconds * rate);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  const loud = amplitude(signal.loud);
  const quiet = amplitude(signal.quiet);
  for (let at = 0; at < length; at++) {
    const time = at / rate;
    // 1 in the loud part, 0 in the quiet one.
    const isLoud = clamp((loudFor - time) / rampSeconds);
    const edge = clamp(time / rampSeconds) * clamp((signalSeconds - time) / rampSeconds);
    const low = (quiet + (loud - quiet) * isLoud) * edge;
    const high = amplitude(signal.high) * isLoud * edge * wave(highHz, time);
    left[at] = low * wave(leftHz, time) + high;
    right[at] = low * wave(rightHz, time) + high;
  }
  return { left, right };
}

const amplitude = (decibels: number) => 10 ** (decibels / 20);
const wave = (hz: number, time: number) => Math.sin(2 * Math.PI * hz * time);
const clamp = (value: number) => Math.min(1, Math.max(0, value));
