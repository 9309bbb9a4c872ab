import { describe, expect, it } from 'vitest';
import { troubleOf } from './trouble';

const failure = (type: string, provider = 'zoom', at = '2026-12-07T10:00:00Z') => ({ type, provider, code: 'provider_error', at });

describe('the trouble that a lesson page tells of', () => {
  it('is at the provider that is being tried again', () => {
    expect(troubleOf({ state: 'arranging', failures: [failure('meeting_arrangement_failed', 'jitsi'), failure('meeting_troubled')], seenAt: null })).toEqual({ provider: 'zoom', code: 'provider_error' });
  });

  it('is told of a meeting, too, that cannot be moved yet', () => {
    expect(troubleOf({ state: 'ready', failures: [failure('meeting_troubled')], seenAt: '2026-12-07T09:00:00Z' })).not.toBeNull();
  });

  it.each([
    ['the meeting was arranged after all', 'ready', [failure('meeting_troubled')], '2026-12-07T10:00:05Z'],
    ['the provider was given up', 'arranging', [failure('meeting_troubled'), failure('meeting_arrangement_failed')], null],
    ['nothing is left to try', 'failed', [failure('meeting_troubled')], null],
    ['nothing happened', 'arranging', [], null],
  ] as const)('is over when %s', (_, state, failures, seenAt) => {
    expect(troubleOf({ state, failures: [...failures], seenAt })).toBeNull();
  });
});
