import { signal, signalSeconds, type Ears } from './signal';

/** What came of the test signal at the other end. */
export interface Heard {
  /** How far each ear's tone lies below itself in the other ear, dB; the worse of both. Mono is 0. */
  separation: number;
  /** How much weaker the high tone came than the low ones, dB; 0 as sent, far below where the band is narrow. */
  high: number;
  /** How much louder (+) or quieter (−) the quiet passage came against the loud one, dB; 0 as sent. */
  quiet: number;
  /** How much the level changed in the course of a passage that was sent even, dB; the worse of both passages. */
  drift: number;
}

export type ToneFault = 'monoSent' | 'narrowSent' | 'levelSent';

/** Opus at a music bitrate keeps 60 dB and more between the ears; what shares bits among the ears keeps far less. */
const leastSeparation = 30;
const mostHighLoss = 12;
const mostQuietError = 6;
const mostDrift = 4;

export function toneFaults(heard: Heard): ToneFault[] {
  const faults: ToneFault[] = [];
  if (heard.separation < leastSeparation) faults.push('monoSent');
  if (heard.high < -mostHighLoss) faults.push('narrowSent');
  if (Math.abs(heard.quiet) > mostQuietError || heard.drift > mostDrift) faults.push('levelSent');
  return faults;
}

/** Samples of one look (43 ms) and from one to the next. */
const size = 2_048;
const hop = 1_024;
/** Below this nothing is told apart from nothing. */
const floor = -130;
/** A loudest moment below this is no test signal. */
const faintest = -60;
/** Seconds at both ends of a passage that are not judged: the buffer stretches sound, and the encoder needs a moment. */
const guard = 0.15;
/** More of the looks than this with a hole in them: the machine was too busy to say anything. */
const mostHoles = 0.3;
const holeDepth = 6;

interface Look {
  leftLow: number;
  rightLow: number;
  leftOfRight: number;
  rightOfLeft: number;
  high: number;
}

/**
 * Finds the signal in a recording that may begin before it and be longer, of any gain; null when it is not in there, not whole, or full of
 * holes. Each figure is a median of many short looks: what a jitter buffer stretched or made up in one of them does not count.
 */
export function hearSignal({ left, right }: Ears): Heard | null {
  const looks: Look[] = [];
  for (let from = 0; from + size <= Math.min(left.length, right.length); from += hop) looks.push(lookAt(left, right, from));
  const levels = looks.map(levelOf);
  const loudest = levels.reduce((most, level) => Math.max(most, level), floor);
  if (loudest < faintest) return null;
  const onset = levels.findIndex((level) => level > loudest - 6);
  const part = (begin: number, end: number) => looks.slice(onset + lookIn(begin + guard), onset + lookIn(end - guard));
  // The recording must reach to the end of the quiet passage.
  if (onset + lookIn(signalSeconds - guard) > looks.length) return null;
  const loud = part(0, signal.loudFor);
  const quiet = part(signal.loudFor, signalSeconds);
  const level = median(loud.map(levelOf));
  if (loud.filter((look) => levelOf(look) < level - holeDepth).length > loud.length * mostHoles) return null;

  const of = (looks: Look[], figure: (look: Look) => number) => median(looks.map(figure));
  return {
    separation: Math.min(of(loud, (look) => look.leftLow) - of(loud, (look) => look.rightOfLeft), of(loud, (look) => look.rightLow) - of(loud, (look) => look.leftOfRight)),
    high: of(loud, (look) => look.high) - level - (signal.high - signal.loud),
    quiet: of(quiet, levelOf) - level - (signal.quiet - signal.loud),
    drift: Math.max(driftOf(loud), driftOf(quiet)),
  };
}

const lookIn = (seconds: number) => Math.round((seconds * signal.rate) / hop);

const levelOf = (look: Look) => Math.max(look.leftLow, look.rightLow, look.leftOfRight, look.rightOfLeft);

function driftOf(looks: Look[]): number {
  const third = Math.floor(looks.length / 3);
  return Math.abs(median(looks.slice(-third).map(levelOf)) - median(looks.slice(0, third).map(levelOf)));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? floor;
}

function lookAt(left: Float32Array, right: Float32Array, from: number): Look {
  return {
    leftLow: strength(left, from, signal.leftHz),
    rightLow: strength(right, from, signal.rightHz),
    leftOfRight: strength(left, from, signal.rightHz),
    rightOfLeft: strength(right, from, signal.leftHz),
    high: Math.max(strength(left, from, signal.highHz), strength(right, from, signal.highHz)),
  };
}

/** Falls off fast enough that one tone does not lie in the other's place. */
const hann = Float64Array.from({ length: size }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));

/** How strong one frequency is, dB of a full-scale sine (Goertzel). */
function strength(samples: Float32Array, from: number, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / signal.rate);
  let before = 0;
  let last = 0;
  for (let at = 0; at < size; at++) {
    const now = samples[from + at]! * hann[at]! + turn * last - before;
    before = last;
    last = now;
  }
  const power = last * last + before * before - turn * last * before;
  // A full-scale sine under this window has the power (size / 4)².
  return Math.max(floor, 10 * Math.log10(Math.max(power, 0) / (size / 4) ** 2 + 1e-15));
}
