import { expect, it } from 'vitest';
import { correction, isThere, ownTime } from './together';

it('Who came three minutes late has a clock that is three minutes behind, and nothing to show before', () => {
  const late = { from: 180_000, length: 60_000 };
  expect(ownTime(late, 200)).toBe(20);
  expect(ownTime(late, 179)).toBeNull();
  expect(ownTime(late, 241)).toBeNull();
});

it('A side that is far off jumps, one that is a little off is drawn in, one that is right is left alone', () => {
  expect(correction(10, 12, 1)).toEqual({ seek: 10 });
  expect(correction(10, 10.2, 0.5)).toEqual({ rate: 0.475 });
  expect(correction(10, 9.8, 1)).toEqual({ rate: 1.05 });
  expect(correction(10, 10.03, 0.5)).toEqual({ rate: 0.5 });
});

it('A recording opens with everybody who comes within half a second, and with whoever comes first', () => {
  const sides = [{ from: 401, length: 34_812 }, { from: 1, length: 35_198 }];
  expect(sides.map((side) => isThere(side, 0, sides))).toEqual([true, true]);
  const late = [{ from: 2_000, length: 60_000 }, { from: 9_000, length: 40_000 }];
  expect(late.map((side) => isThere(side, 0, late))).toEqual([true, false]);
  expect(late.map((side) => isThere(side, 55, late))).toEqual([true, false]);
});
