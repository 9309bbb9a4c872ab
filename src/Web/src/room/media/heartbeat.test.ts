import { expect, it } from 'vitest';
import { answerMs, Heartbeat, quietMs } from './heartbeat';

it('A socket that is heard of now and then is asked nothing', () => {
  const heart = new Heartbeat(0);
  for (let now = 0; now < 60_000; now += quietMs - 1) {
    expect(heart.look(now)).toBe('fine');
    heart.heard(now);
  }
});

it('A quiet socket is asked once, and is dead when it does not answer', () => {
  const heart = new Heartbeat(0);
  expect(heart.look(quietMs)).toBe('ask');
  expect(heart.look(quietMs + answerMs - 1)).toBe('fine');
  expect(heart.look(quietMs + answerMs)).toBe('dead');
});

it('A socket that answers is alive', () => {
  const heart = new Heartbeat(0);
  expect(heart.look(quietMs)).toBe('ask');
  heart.heard(quietMs + 100);
  expect(heart.look(quietMs + answerMs)).toBe('fine');
});

it('After an hour of sleep it is asked before it is given up', () => {
  const heart = new Heartbeat(0);
  expect(heart.look(3_600_000, true)).toBe('ask');
  expect(heart.look(3_600_001, true)).toBe('fine');
  expect(heart.look(3_600_000 + answerMs)).toBe('dead');
});
