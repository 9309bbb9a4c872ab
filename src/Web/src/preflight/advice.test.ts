import { describe, expect, it } from 'vitest';
import { advice } from './advice';
import type { Result } from './wire';

const good: Result = {
  id: '1', at: '2026-12-01T08:00:00Z', agesOutAt: '2026-12-15T08:00:00Z', counts: true, bestPath: 'udp',
  paths: [{ path: 'udp', outcome: 'connected', setupMilliseconds: 80 }],
  line: { roundTripMilliseconds: 20, lossPercent: 0, jitterMilliseconds: 1, upKbps: 2000, downKbps: 2000 },
  lineFaults: [], microphone: 'ok', camera: 'ok',
  sound: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 2, sampleRate: 48_000 },
  browser: 'chromium',
};

describe('What to do next', () => {
  it('is nothing after a good test', () => {
    expect(advice(good, true)).toEqual(['ready']);
  });

  it('begins with a device that does not work', () => {
    expect(advice({ ...good, microphone: 'denied', lineFaults: ['loss'] }, true)).toEqual(['microphone_denied', 'cable']);
  });

  it('is another network when nothing connects, and never that one is ready', () => {
    expect(advice({ ...good, bestPath: null, line: null }, true)).toEqual(['other_network']);
  });

  it('is nothing but to know it when only TCP works', () => {
    expect(advice({ ...good, bestPath: 'tcp' }, true)).toEqual(['tcp_ready', 'ready']);
  });

  it('is nothing but to know it when only the relay works', () => {
    expect(advice({ ...good, bestPath: 'turns-tls' }, true)).toEqual(['relay_ready', 'ready']);
  });

  it('says when the browser goes on changing the sound', () => {
    expect(advice({ ...good, sound: { ...good.sound!, autoGainControl: true } }, true)).toEqual(['processing']);
  });

  it('names the listed app where the built-in room may not be used, and no other network as a way around', () => {
    expect(advice({ ...good, bestPath: null, paths: [], line: null }, false)).toEqual(['use_listed', 'ready']);
  });

  it('is a new test when the last one no longer counts', () => {
    expect(advice({ ...good, counts: false }, true)).toEqual(['test_again']);
  });
});
