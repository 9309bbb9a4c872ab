import { describe, expect, it } from 'vitest';
import { StuckWatch, type Health } from './stuck';

const alone: Health = { phase: 'inside', publishes: true, publish: 'connected', expected: 0, subscribe: 'new', received: 0 };
const dead: Health = { ...alone, publish: 'connecting', expected: 2, subscribe: 'connecting' };

/** Sees the same once a second from `from` to `to`, and says what the last look gave. */
function over(watch: StuckWatch, from: number, to: number, health: (second: number) => Health): boolean {
  let offered = false;
  for (let second = from; second <= to; second++) offered = watch.see(second * 1000, health(second));
  return offered;
}

describe('A room that does not connect', () => {
  it('offers another way after twenty seconds, not before', () => {
    const watch = new StuckWatch();
    expect(over(watch, 0, 19, () => dead)).toBe(false);
    expect(over(watch, 20, 20, () => dead)).toBe(true);
  });

  it('does not begin to count anew with each attempt to connect', () => {
    const watch = new StuckWatch();
    expect(over(watch, 0, 20, (second) => (second % 15 === 14 ? { ...dead, phase: 'reconnecting', publish: undefined } : dead))).toBe(true);
  });

  it('counts also while the signalling itself does not get through', () => {
    expect(over(new StuckWatch(), 0, 20, () => ({ ...alone, phase: 'entering', publish: undefined }))).toBe(true);
  });

  it('takes the offer back once sound and picture are there for a few seconds', () => {
    const watch = new StuckWatch();
    over(watch, 0, 25, () => dead);
    const works = (second: number): Health => ({ ...alone, expected: 2, subscribe: 'connected', received: second * 50 });
    expect(over(watch, 26, 28, works)).toBe(true);
    expect(over(watch, 29, 29, works)).toBe(false);
  });
});

describe('A room that connects', () => {
  it('offers nothing to somebody who waits alone', () => {
    expect(over(new StuckWatch(), 0, 600, () => alone)).toBe(false);
  });

  it('offers nothing to somebody without a microphone and camera who hears the other', () => {
    const watch = new StuckWatch();
    expect(over(watch, 0, 60, (second) => ({ ...alone, publishes: false, publish: 'new', expected: 1, subscribe: 'connected', received: 1 + second * 50 }))).toBe(false);
  });

  it('offers another way when nothing of the other arrives though the other is there', () => {
    const watch = new StuckWatch();
    const silent: Health = { ...alone, expected: 2, subscribe: 'connected', received: 0 };
    expect(over(watch, 0, 20, () => silent)).toBe(true);
  });

  it('is not well because the other is away for a moment between two of their attempts', () => {
    const watch = new StuckWatch();
    const silent: Health = { ...alone, expected: 2, subscribe: 'connected', received: 0 };
    expect(over(watch, 0, 20, (second) => (second === 15 ? alone : silent))).toBe(true);
  });

  it('takes a new connection, whose counter begins anew, for arriving packets', () => {
    const watch = new StuckWatch();
    const hears = (second: number): Health => ({ ...alone, expected: 2, subscribe: 'connected', received: (second % 10) * 50 + 50 });
    expect(over(watch, 0, 60, hears)).toBe(false);
  });
});
