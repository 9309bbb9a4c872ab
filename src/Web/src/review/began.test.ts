import { expect, it } from 'vitest';
import { began } from './began';

it('A recording that begins a while after the lesson does so on the clock of whoever reads it', () => {
  const lesson = { start: '2026-12-07T08:00:00Z' };
  expect(began(lesson, '2026-12-07T17:00:00+09:00', '2026-12-07T08:12:30Z', 'en-GB')).toEqual({ time: '17:12', place: '12:30' });
  expect(began(lesson, '2026-12-07T12:00:00+04:00', '2026-12-07T07:59:00Z', 'en-GB')).toEqual({ time: '11:59', place: null });
});
