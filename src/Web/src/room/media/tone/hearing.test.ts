import { describe, expect, it } from 'vitest';
import { hearSignal, toneFaults } from './hearing';
import { signal, testSignal, type Ears } from './signal';

const empty = (seconds: number) => new Float32Array(Math.round(seconds * signal.rate));

/** As it comes out of the other end: late, and with something after it. */
function received({ left, right }: Ears, lateBy = 0.23): Ears {
  const padded = (ear: Float32Array) => Float32Array.from([...empty(lateBy), ...ear, ...empty(0.4)]);
  return { left: padded(left), right: padded(right) };
}

const each = (ears: Ears, change: (ear: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>): Ears => ({ left: change(ears.left), right: change(ears.right) });

/** A one-pole filter run four times, as a narrow band is: 24 dB per octave above `hz`. */
function narrowed(ear: Float32Array<ArrayBuffer>, hz: number): Float32Array<ArrayBuffer> {
  const share = 1 - Math.exp((-2 * Math.PI * hz) / signal.rate);
  let out = ear;
  for (let run = 0; run < 4; run++) {
    let last = 0;
    out = out.map((sample) => (last += share * (sample - last)));
  }
  return out;
}

/** What the sound's level becomes from a second of the signal on. */
const withGain = (gain: (seconds: number) => number) => (ear: Float32Array<ArrayBuffer>) => ear.map((sample, at) => sample * gain(at / signal.rate));

describe('The test signal at the other end', () => {
  it('is faultless when it comes as it was sent', () => {
    const heard = hearSignal(received(testSignal()))!;
    expect(heard.separation).toBeGreaterThan(90);
    expect(Math.abs(heard.high)).toBeLessThan(0.5);
    expect(Math.abs(heard.quiet)).toBeLessThan(0.5);
    expect(heard.drift).toBeLessThan(0.5);
    expect(toneFaults(heard)).toEqual([]);
  });

  it.each([0, 0.05, 0.39])('is found %d s late, and at a tenth of its level', (late) => {
    const heard = hearSignal(received(each(testSignal(), withGain(() => 0.1)), late))!;
    expect(toneFaults(heard)).toEqual([]);
  });

  it('is mono when both ears hear both tones', () => {
    const { left, right } = testSignal();
    const middle = left.map((sample, at) => (sample + right[at]!) / 2);
    const heard = hearSignal(received({ left: middle, right: middle.slice() }))!;
    expect(heard.separation).toBeCloseTo(0, 1);
    expect(toneFaults(heard)).toEqual(['monoSent']);
  });

  it('is mono when one ear hears nothing', () => {
    const { left, right } = testSignal();
    expect(toneFaults(hearSignal(received({ left, right: right.map(() => 0) }))!)).toEqual(['monoSent']);
  });

  it('is stereo enough with a tenth of each ear in the other only if that is less than 30 dB', () => {
    const { left, right } = testSignal();
    const mixed = (share: number): Ears => ({ left: left.map((sample, at) => sample + share * right[at]!), right: right.map((sample, at) => sample + share * left[at]!) });
    expect(toneFaults(hearSignal(received(mixed(0.1)))!)).toEqual(['monoSent']);
    expect(toneFaults(hearSignal(received(mixed(0.01)))!)).toEqual([]);
  });

  it('is narrow when the high tone is missing', () => {
    const heard = hearSignal(received(each(testSignal(), (ear) => narrowed(ear, 6_000))))!;
    expect(heard.high).toBeLessThan(-20);
    expect(toneFaults(heard)).toEqual(['narrowSent']);
  });

  it('is mono and narrow when it is both', () => {
    const { left, right } = testSignal();
    const middle = narrowed(left.map((sample, at) => (sample + right[at]!) / 2), 4_000);
    expect(toneFaults(hearSignal(received({ left: middle, right: middle.slice() }))!)).toEqual(['monoSent', 'narrowSent']);
  });

  it('is gated when the quiet passage is missing', () => {
    const heard = hearSignal(received(each(testSignal(), withGain((seconds) => (seconds < signal.loudFor ? 1 : 0)))))!;
    expect(heard.quiet).toBeLessThan(-40);
    expect(toneFaults(heard)).toEqual(['levelSent']);
  });

  it('is pumped when the quiet passage is raised', () => {
    const heard = hearSignal(received(each(testSignal(), withGain((seconds) => (seconds < signal.loudFor ? 1 : 4)))))!;
    expect(heard.quiet).toBeCloseTo(12, 0);
    expect(toneFaults(heard)).toEqual(['levelSent']);
  });

  it('is pumped when an even tone is turned down in its course', () => {
    const heard = hearSignal(received(each(testSignal(), withGain((seconds) => Math.max(0.4, 1 - seconds)))))!;
    expect(heard.drift).toBeGreaterThan(4);
    expect(toneFaults(heard)).toEqual(['levelSent']);
  });

  it('is nothing to judge in silence, when it is cut off, or full of holes', () => {
    expect(hearSignal({ left: empty(2), right: empty(2) })).toBeNull();
    expect(hearSignal({ left: empty(0), right: empty(0) })).toBeNull();
    expect(hearSignal(each(received(testSignal()), (ear) => ear.slice(0, signal.rate)))).toBeNull();
    const holes = withGain((seconds) => (seconds % 0.12 < 0.07 ? 1 : 0));
    expect(hearSignal(received(each(testSignal(), holes)))).toBeNull();
  });

  it('is judged by the rest when 20 ms are made up here and there', () => {
    const holes = withGain((seconds) => (seconds % 0.4 < 0.02 ? 0 : 1));
    expect(toneFaults(hearSignal(received(each(testSignal(), holes)))!)).toEqual([]);
  });
});
