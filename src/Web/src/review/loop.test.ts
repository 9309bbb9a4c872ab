import { expect, it } from 'vitest';
import { nudged, roundFrom, shortestLoop, tapped } from './loop';

it('Two taps make a loop and a third one ends it', () => {
  const first = tapped(null, 12);
  expect(first).toEqual({ a: 12, b: null });
  const second = tapped(first, 20);
  expect(second).toEqual({ a: 12, b: 20 });
  expect(tapped(second, 15)).toBeNull();
});

it('A second tap further in front turns the two round', () => expect(tapped({ a: 12, b: null }, 4)).toEqual({ a: 4, b: 12 }));

it('A second tap at the same place takes the first one back', () => expect(tapped({ a: 12, b: null }, 12.1)).toBeNull());

it('It goes round at the end, and is brought in by whoever plays before it', () => {
  const loop = { a: 12, b: 20 };
  expect(roundFrom(loop, 20)).toBe(12);
  expect(roundFrom(loop, 19.9)).toBeNull();
  expect(roundFrom(loop, 3)).toBe(12);
  expect(roundFrom({ a: 12, b: null }, 30)).toBeNull();
  expect(roundFrom(null, 30)).toBeNull();
});

it('Either end can be moved a little, and none past the other', () => {
  const loop = { a: 12, b: 20 };
  expect(nudged(loop, 'a', -0.1, 60).a).toBeCloseTo(11.9);
  expect(nudged(loop, 'b', 0.1, 60)).toEqual({ a: 12, b: 20.1 });
  expect(nudged(loop, 'a', 30, 60)).toEqual({ a: 20 - shortestLoop, b: 20 });
  expect(nudged(loop, 'b', -30, 60)).toEqual({ a: 12, b: 12 + shortestLoop });
  expect(nudged(loop, 'a', -30, 60).a).toBe(0);
  expect(nudged(loop, 'b', 90, 60).b).toBe(60);
  expect(nudged({ a: 12, b: null }, 'b', 1, 60)).toEqual({ a: 12, b: null });
});
