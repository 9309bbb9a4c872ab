import { Problem } from '../api/problem';

const refusals = [
  'room_not_open',
  'lesson_over',
  'lesson_cancelled',
  'no_provider_allowed',
  'meeting_not_ready',
  'meeting_failed',
  'meeting_withdrawn',
  'guest_link_unknown',
  'guest_link_over',
  'not_allowed_in_country',
  'not_built_in',
  'room_full',
  'not_found',
  'not_signed_in',
  'too_many_requests',
  'unreachable',
] as const;

export type RefusalCode = (typeof refusals)[number];

/** The key of the text that says what went wrong and what to do. */
export function textOf(problem: unknown): `refusal.${RefusalCode | 'other'}` {
  const code = problem instanceof Problem ? problem.code : '';
  return `refusal.${refusals.find((known) => known === code) ?? 'other'}`;
}
