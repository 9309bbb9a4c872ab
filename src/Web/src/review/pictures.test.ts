import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pictures } from './pictures';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Told = Parameters<HTMLVideoElement['requestVideoFrameCallback']>[0];

/** A video whose pictures begin at these seconds; each place that is gone to shows its picture, and only another one is told. */
function video(begins: readonly number[]) {
  let told: Told | null = null;
  let shown: number | undefined;
  const went: number[] = [];
  const element = {
    requestVideoFrameCallback: (callback: Told) => { told = callback; return 1; },
    cancelVideoFrameCallback: () => { told = null; },
  };
  const go = (at: number) => {
    went.push(at);
    const picture = begins.findLast((one) => one <= at + 1e-9);
    if (picture === shown) return;
    shown = picture;
    const callback = told;
    queueMicrotask(() => callback?.(0, { mediaTime: picture! } as VideoFrameCallbackMetadata));
  };
  return { element, go, went, shown: () => shown };
}

async function turn(pictures: Pictures, direction: 1 | -1, one: ReturnType<typeof video>) {
  const turned = pictures.turn(direction, one.went.at(-1) ?? 0, one.go);
  await vi.runAllTimersAsync();
  await turned;
}

it('Each press shows another picture, however long each of them stands', async () => {
  const begins = [0, 0.05, 0.1, 0.35, 0.4];
  const one = video(begins);
  const pictures = new Pictures(one.element);
  one.go(0);
  await vi.runAllTimersAsync();
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    await turn(pictures, 1, one);
    seen.push(one.shown());
  }
  for (let i = 0; i < 4; i++) {
    await turn(pictures, -1, one);
    seen.push(one.shown());
  }
  expect(seen).toEqual([0.05, 0.1, 0.35, 0.4, 0.35, 0.1, 0.05, 0]);
});

it('Where the browser says nothing of pictures, it is a thirtieth of a second', async () => {
  const went: number[] = [];
  await new Pictures({} as HTMLVideoElement).turn(-1, 1, (at) => went.push(at));
  expect(went).toEqual([1 - 1 / 30]);
});
