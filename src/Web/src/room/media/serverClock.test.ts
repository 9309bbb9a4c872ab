import { expect, test } from 'vitest';
import { ServerClock } from './serverClock';

test('A ping says how far the server is and what its clock shows', () => {
  const clock = new ServerClock();
  expect(clock.oneWayMs).toBeNull();
  expect(clock.at(5)).toBeNull();
  // The server's clock is a second ahead; 30 ms there, 30 ms back, 1 ms held.
  expect(clock.hear(100_000, 1_130_000, 1_131_000, 161_000)).toBe(true);
  expect(clock.oneWayMs).toBe(30);
  expect(clock.at(200_000)).toBe(1_200_000);
});

test('The quickest of the last eight counts', () => {
  const clock = new ServerClock();
  clock.hear(0, 10_000, 10_000, 20_000);
  clock.hear(0, 70_000, 70_000, 80_000);
  expect(clock.oneWayMs).toBe(10);
  expect(clock.at(0)).toBe(0);
  for (let i = 0; i < 7; i++) clock.hear(0, 20_000, 20_000, 40_000);
  expect(clock.oneWayMs).toBe(20);
});

test('What cannot be is not believed', () => {
  const clock = new ServerClock();
  expect(clock.hear(0, 5_000, 4_000, 10_000)).toBe(false);
  expect(clock.hear(10_000, 0, 0, 5_000)).toBe(false);
  expect(clock.hear(0, 0, 20_000, 10_000)).toBe(false);
  expect(clock.oneWayMs).toBeNull();
});
