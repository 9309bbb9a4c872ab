import { describe, expect, test } from 'vitest';
import { lookMs, stillMs, Watchdog } from './watchdog';

/** Looks every `lookMs`; bytes come as long as `flows` says so. Returns when it wanted a restart. */
function watch(untilMs: number, flows: (now: number) => boolean): number[] {
  const dog = new Watchdog();
  const restarts: number[] = [];
  let bytes = 0;
  for (let now = 0; now <= untilMs; now += lookMs) {
    if (flows(now)) bytes += 1_000;
    if (dog.see(now, bytes)) restarts.push(now);
  }
  return restarts;
}

describe('A path that looks dead', () => {
  test('is restarted within half a second after the flow stops', () => {
    const [first] = watch(5_000, (now) => now <= 3_000);
    expect(first).toBe(3_000 + stillMs);
    expect(stillMs + lookMs).toBeLessThanOrEqual(500);
  });

  test('is tried again after ever longer pauses while nothing comes', () => {
    expect(watch(40_000, (now) => now <= 3_000)).toEqual([3_400, 5_400, 9_400, 17_400, 33_400]);
  });

  test('is watched anew once the flow is back', () => {
    expect(watch(12_000, (now) => now <= 3_000 || (now > 4_000 && now <= 9_000)).slice(0, 2)).toEqual([3_400, 9_400]);
  });
});

describe('A path that is left alone', () => {
  test('flows', () => {
    expect(watch(20_000, () => true)).toEqual([]);
  });

  test('has short gaps', () => {
    expect(watch(20_000, (now) => now % 300 === 0)).toEqual([]);
  });

  test('never had a steady flow, as in a silent room', () => {
    expect(watch(60_000, (now) => now % 2_500 === 0)).toEqual([]);
  });

  test('has not begun', () => {
    expect(watch(20_000, () => false)).toEqual([]);
  });
});
