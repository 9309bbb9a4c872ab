import { expect, it } from 'vitest';
import { needsTap, troubleOf } from './line';

it('A line that fails once is mended in silence, and told when it goes on', () => {
  expect([1, 2, 3, 9].map((failures) => troubleOf(0, failures))).toEqual([null, null, 'line', 'line']);
  expect(troubleOf(503, 3)).toBe('line');
});

it('What the server will not show is told at once, in other words', () => {
  expect([401, 403, 404, 410].map((status) => troubleOf(status, 1))).toEqual(['refused', 'refused', 'refused', 'refused']);
});

it('Only a browser that wants a tap stops it: who jumps while it starts to play has not paused', () => {
  expect(needsTap(new DOMException('', 'NotAllowedError'))).toBe(true);
  expect(needsTap(new DOMException('', 'AbortError'))).toBe(false);
});
