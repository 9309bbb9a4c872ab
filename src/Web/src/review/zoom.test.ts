import { expect, it } from 'vitest';
import { moved, nextSpan, placeIn } from './zoom';

it('From all of an hour it comes closer to fifteen seconds, and back', () => {
  const hour = 3_600;
  expect([hour, 300, 60, 15].map((span) => nextSpan(span, hour, -1))).toEqual([300, 60, 15, 15]);
  expect([15, 60, 300, hour].map((span) => nextSpan(span, hour, 1))).toEqual([60, 300, hour, hour]);
});

it('What is short is not divided into more than there is', () => {
  expect([nextSpan(35, 35, -1), nextSpan(15, 35, 1), nextSpan(8, 8, -1)]).toEqual([15, 35, 8]);
});

it('It is laid around the place, and not past the ends', () => {
  expect(moved({ from: 0, span: 3_600 }, 60, 1_800, 3_600)).toEqual({ from: 1_770, span: 60 });
  expect(moved({ from: 0, span: 3_600 }, 60, 3, 3_600)).toEqual({ from: 0, span: 60 });
  expect(moved({ from: 0, span: 3_600 }, 60, 3_599, 3_600)).toEqual({ from: 3_540, span: 60 });
});

it('It stands still while the place is in it, and turns when the place leaves it', () => {
  const window = { from: 100, span: 60 };
  expect(moved(window, 60, 159, 3_600)).toBe(window);
  const next = moved(window, 60, 160.1, 3_600);
  expect(placeIn(next, 160.1)).toBeCloseTo(0.05);
  expect(placeIn(moved(window, 60, 40, 3_600), 40)).toBeCloseTo(0.5);
});
