import { expect, it } from 'vitest';
import { minutes, tenths } from './clock';

it('A time is told in minutes, and in hours where there are some', () => {
  expect(minutes(0)).toBe('0:00');
  expect(minutes(754.9)).toBe('12:34');
  expect(minutes(3_661)).toBe('1:01:01');
  expect(minutes(-3)).toBe('0:00');
});

it('Where tenths count they are told', () => expect([0, 12.34, 59.96, 3_661.5].map(tenths)).toEqual(['0:00.0', '0:12.3', '1:00.0', '1:01:01.5']));
