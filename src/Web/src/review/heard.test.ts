import { expect, it } from 'vitest';
import { isSilent, withMute, withSolo, type Heard } from './heard';

const all: Heard = { solo: null, muted: [] };
const silent = (heard: Heard) => [0, 1].filter((index) => isSilent(heard, index));

it('One alone silences the others, and twice is all again', () => {
  expect(silent(withSolo(all, 0))).toEqual([1]);
  expect(silent(withSolo(withSolo(all, 0), 0))).toEqual([]);
});

it('Who is mute and wanted alone is heard', () => expect(silent(withSolo(withMute(all, 0), 0))).toEqual([1]));

it('To mute the one that is heard alone brings the other back', () => expect(silent(withMute(withSolo(all, 0), 0))).toEqual([0]));

it('A mute one is heard again by the same press', () => expect(silent(withMute(withMute(all, 1), 1))).toEqual([]));
