import { expect, it } from 'vitest';
import { correction, ownTime } from './together';

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
