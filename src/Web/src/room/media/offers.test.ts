import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Offers } from './offers';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('An answer finds its offer, whatever the order', async () => {
  const offers = new Offers();
  const ids: number[] = [];
  const first = offers.make('publish', (id) => ids.push(id));
  const second = offers.make('subscribe', (id) => ids.push(id));
  offers.answer(ids[1]!, 'two');
  offers.answer(ids[0]!, 'one');
  expect(await Promise.all([first, second])).toEqual(['one', 'two']);
  expect(offers.giveUp('none is left')).toEqual(new Set());
});

it('An offer without an answer is given up', async () => {
  const offer = new Offers().make('publish', () => undefined);
  const given = expect(offer).rejects.toThrow('no answer');
  await vi.advanceTimersByTimeAsync(10_000);
  await given;
});

it('With the socket go all offers, and it is known of which connections they were', async () => {
  const offers = new Offers();
  const lost = expect(offers.make('subscribe', () => undefined)).rejects.toThrow('socket lost');
  expect(offers.giveUp('socket lost')).toEqual(new Set(['subscribe']));
  await lost;
});
