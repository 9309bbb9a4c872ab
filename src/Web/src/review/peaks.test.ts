import { expect, it } from 'vitest';
import { bytesOf, columns, secondsAt } from './peaks';

it('Peaks come as they were written', () => expect([...bytesOf('AAEC/w==')]).toEqual([0, 1, 2, 255]));

it('A column is as high as the loudest moment in it, so that no beat is lost', () => {
  const peaks = new Uint8Array(3_600 * 20);
  peaks[36_001] = 255;
  const drawn = columns(peaks, 20, { from: 0, span: 3_600 }, 360);
  expect(drawn[180]).toBe(1);
  expect(drawn.filter((one) => one > 0)).toHaveLength(1);
});

it('A few peaks fill more columns than there are of them', () => expect(columns(new Uint8Array([255, 0]), 2, { from: 0, span: 1 }, 4)).toEqual([1, 1, 0, 0]));

it('Who goes before the end leaves the rest of the line empty', () => expect(columns(new Uint8Array([255, 255]), 1, { from: 0, span: 4 }, 4)).toEqual([1, 1, 0, 0]));

it('A place on the line is a time, and nothing lies beside it', () => {
  expect(secondsAt(150, 100, 200, 60)).toBe(15);
  expect(secondsAt(50, 100, 200, 60)).toBe(0);
  expect(secondsAt(900, 100, 200, 60)).toBe(60);
  expect(secondsAt(1, 0, 0, 60)).toBe(0);
});

it('A part of the line is drawn of its own moments', () => {
  const peaks = new Uint8Array(3_600 * 20);
  peaks[36_001] = 255;
  const drawn = columns(peaks, 20, { from: 1_795, span: 15 }, 300);
  expect(drawn.findIndex((one) => one > 0)).toBe(101);
  expect(drawn.filter((one) => one > 0)).toHaveLength(1);
});
