import { expect, test } from 'vitest';
import { isForPlayer, keyOf, placeByKey, playersOwn } from './keys';

/** An element as far as a selector's parts name its kind. */
const within = (...kinds: string[]) => ({ closest: (selector: string) => (kinds.some((kind) => selector.split(', ').includes(kind)) ? ({} as Element) : null) });

/** A button of the player, a slider of it; a button below. */
const [playersButton, slider, button] = [within('button', playersOwn), within('input', playersOwn), within('button')];

test('Wherever the focus is in the player, space plays and arrows go', () => {
  for (const key of [' ', 'ArrowLeft', 'ArrowRight', 'l', '1']) expect(isForPlayer(key, playersButton)).toBe(true);
  expect(isForPlayer(' ', slider)).toBe(true);
});

test('A letter acts on a button beside the player, too, and space there is the button’s own', () => {
  expect(isForPlayer('l', button)).toBe(true);
  expect(isForPlayer('ArrowLeft', button)).toBe(true);
  expect(isForPlayer(' ', button)).toBe(false);
});

test('A slider has its own arrows, and a tick its own space', () => {
  expect(isForPlayer('ArrowLeft', slider)).toBe(false);
  expect(isForPlayer(' ', within('input', 'input:not([type=range])', playersOwn))).toBe(false);
});

test('Nothing that is written is taken for a key', () => {
  for (const key of ['m', ',', ' ', 'ArrowLeft']) expect(isForPlayer(key, within('textarea'))).toBe(false);
});

test('Beside everything all of them act', () => {
  for (const key of [' ', 'ArrowRight', 'l', 'm', '.', 'shift 1']) expect(isForPlayer(key, null)).toBe(true);
});

test('The line of time goes 5 s by arrows, 30 s by pages, and to its ends', () => {
  expect(['ArrowLeft', 'ArrowRight', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) => placeByKey(key, 40, 60))).toEqual([35, 45, 10, 60, 0, 60, null]);
});

test('A key is known by its place where the keyboard is not a Latin one', () => {
  const press = (key: string, code: string, shiftKey = false) => keyOf({ key, code, shiftKey });
  expect([press('ㅣ', 'KeyL'), press('م', 'KeyL'), press('L', 'KeyL', true), press('Process', 'KeyM')]).toEqual(['l', 'l', 'l', 'm']);
  expect([press('و', 'Comma'), press('١', 'Digit1'), press('!', 'Digit1', true), press('=', 'Equal'), press('ArrowLeft', 'ArrowLeft')]).toEqual([',', '1', 'shift 1', '+', 'ArrowLeft']);
});
