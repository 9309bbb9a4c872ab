import { describe, expect, it } from 'vitest';
import type { Connection, ProviderName } from '../api/types';
import { inOrder, moved } from './order';

const connection = (provider: ProviderName): Connection =>
  ({ provider, account: 'none', needs: 'connect', canConnect: true, records: false, musicMode: false, waitingRoom: false, seats: 2, notIn: [] });

const school = (['built-in', 'zoom', 'google-meet', 'jitsi'] as const).map(connection);

describe('the order of preference', () => {
  it("is the school's as long as the tutor said nothing", () => {
    expect(inOrder(school, []).map(({ provider }) => provider)).toEqual(['built-in', 'zoom', 'google-meet', 'jitsi']);
  });

  it("puts what the tutor named first, and leaves the rest as the school has it", () => {
    expect(inOrder(school, ['jitsi', 'zoom']).map(({ provider }) => provider)).toEqual(['jitsi', 'zoom', 'built-in', 'google-meet']);
  });

  it('takes one place up or down', () => {
    expect(moved(['built-in', 'zoom', 'jitsi'], 'zoom', -1)).toEqual(['zoom', 'built-in', 'jitsi']);
    expect(moved(['built-in', 'zoom', 'jitsi'], 'zoom', 1)).toEqual(['built-in', 'jitsi', 'zoom']);
  });

  it.each([['built-in', -1], ['jitsi', 1], ['google-meet', 1]] as const)('stays as it is when %s cannot go %i', (provider, by) => {
    expect(moved(['built-in', 'zoom', 'jitsi'], provider, by)).toEqual(['built-in', 'zoom', 'jitsi']);
  });
});
