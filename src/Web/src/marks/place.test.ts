import { expect, it } from 'vitest';
import { placeAt, secondsIn, timeOf } from './place';

const recording = { place: 65_000, length: 600_000 };

it('A mark stands as far into the recording as its place is behind that of the recording', () => {
  expect(secondsIn(recording, { place: 77_250 })).toBe(12.25);
  expect(secondsIn({ ...recording, place: -3_000 }, { place: 9_250 })).toBe(12.25);
});

it('One a little before the recording stands at its beginning, others are not of it', () => {
  expect(secondsIn(recording, { place: 61_000 })).toBe(0);
  expect(secondsIn(recording, { place: 59_999 })).toBeNull();
  expect(secondsIn(recording, { place: 665_000 })).toBe(600);
  expect(secondsIn(recording, { place: 665_001 })).toBeNull();
});

it('A place made of seconds leads back to them', () => {
  expect(secondsIn(recording, { place: placeAt(recording, 12.345) })).toBe(12.345);
});

it('What was marked while one waited for the start stands before it', () => {
  expect([-372, -1, -0.5, 0, 61].map(timeOf)).toEqual(['−6:12', '−0:01', '0:00', '0:00', '1:01']);
});
