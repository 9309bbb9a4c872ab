import { expect, test } from 'vitest';
import { isForPlayer } from './keys';

/** An element as far as a selector's parts name its kind. */
const within = (...kinds: string[]) => ({ closest: (selector: string) => (kinds.some((kind) => selector.split(', ').includes(kind)) ? ({} as Element) : null) });

test('A letter acts on a button, too, and space there is the button’s own', () => {
  expect(isForPlayer('l', within('button'))).toBe(true);
  expect(isForPlayer(' ', within('button'))).toBe(false);
  expect(isForPlayer('ArrowLeft', within('input'))).toBe(false);
});

test('Nothing that is written is taken for a key', () => {
  expect(isForPlayer('m', within('textarea'))).toBe(false);
  expect(isForPlayer(',', within('textarea'))).toBe(false);
});

test('Beside everything all of them act', () => {
  for (const key of [' ', 'ArrowRight', 'l', 'm', '.']) expect(isForPlayer(key, null)).toBe(true);
});
