import { describe, expect, it } from 'vitest';
import type { Outcome, Path } from '../wire';
import type { Way } from './paths';
import { bestOf } from './run';

const way = (path: Path, outcome: Outcome) => ({ tried: { path, outcome } }) as Way;
const later = (ms: number, done: Way) => new Promise<Way>((resolve) => setTimeout(() => resolve(done), ms));
const never = new Promise<Way>(() => undefined);

describe('The way that the line is measured over', () => {
  it('is the direct one as soon as it connects, without waiting for the relays', async () => {
    expect((await bestOf([later(5, way('udp', 'connected')), never, never], 1_000))?.tried.path).toBe('udp');
  });

  it('is the direct one also when a relay was ready a little earlier', async () => {
    expect((await bestOf([later(20, way('udp', 'connected')), Promise.resolve(way('turn-udp', 'connected'))], 1_000))?.tried.path).toBe('udp');
  });

  it('is a relay at once when the direct one has failed', async () => {
    expect((await bestOf([Promise.resolve(way('udp', 'failed')), later(5, way('turn-udp', 'connected')), never], 1_000))?.tried.path).toBe('turn-udp');
  });

  it('is a relay when the direct one says nothing for its time', async () => {
    expect((await bestOf([never, Promise.resolve(way('turns-tls', 'connected'))], 10))?.tried.path).toBe('turns-tls');
  });

  it('is none when none connects', async () => {
    expect(await bestOf([Promise.resolve(way('udp', 'timed_out')), later(20, way('turn-tcp', 'refused'))], 5)).toBeNull();
  });

  it('is the first relay that connects after the wait, when none had by then', async () => {
    expect((await bestOf([never, never, later(30, way('turn-tcp', 'connected'))], 5))?.tried.path).toBe('turn-tcp');
  });
});
