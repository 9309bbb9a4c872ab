import { expect, it } from 'vitest';
import { minutes } from './clock';

it('A time is told in minutes, and in hours where there are some', () => {
  expect(minutes(0)).toBe('0:00');
  expect(minutes(754.9)).toBe('12:34');
  expect(minutes(3_661)).toBe('1:01:01');
  expect(minutes(-3)).toBe('0:00');
});
