import { expect, it } from 'vitest';
import { fileName, isInterrupted, lengthOf, partOf } from './files';
import type { Recording } from './queries';

const room = (id: string, more: Partial<Recording> = {}) => ({
  id, provider: 'built-in', kind: 'room', mediaType: 'video/mp4', size: 1, from: '', to: '', state: 'shelved', sha256: null, missing: 0, outline: null, because: 'room_closed',
  tracks: [{ number: 1, part: 'tutor', kind: 'audio', source: 'microphone', codec: 'opus', from: 0, length: 1, size: 1, missing: 0 }], ...more,
} as Recording);

it('A lesson in which the server was started anew has parts that know each other; what nobody was heard in and what a provider recorded is none', () => {
  const all = [room('a'), room('nothing', { tracks: [] }), room('file', { kind: 'active_speaker' }), room('b')];
  expect(partOf(all, 'a')).toMatchObject({ part: 1, parts: 2, before: null, after: { id: 'b' } });
  expect(partOf(all, 'b')).toMatchObject({ part: 2, parts: 2, before: { id: 'a' }, after: null });
  expect(partOf([room('a'), all[2]!], 'a')).toBeNull();
  expect(partOf(all, 'file')).toBeNull();
});

it('What broke off says why, what came to its end does not', () => {
  expect(isInterrupted(room('a', { because: 'server_lost' }))).toBe(true);
  expect(isInterrupted(room('a'))).toBe(false);
  expect(isInterrupted(room('a', { because: null }))).toBe(false);
});

it('A recording of the room is as long as its last track, which its whole seconds do not tell', () => {
  const tracks = [{ ...room('a').tracks[0]!, from: 0, length: 8_140 }, { ...room('a').tracks[0]!, from: 124, length: 8_050 }];
  const times = { from: '2026-11-24T02:42:35Z', to: '2026-11-24T02:42:44Z' };
  expect(lengthOf({ ...times, tracks })).toBeCloseTo(8.174);
  expect(lengthOf({ ...times, tracks: [] })).toBe(9);
  expect(lengthOf({ ...times, to: null, tracks: [] })).toBe(0);
});

it('A file is kept under the ending of what it is', () => {
  expect(fileName({ kind: 'audio_only', mediaType: 'audio/mp4' })).toBe('audio_only.m4a');
  expect(fileName({ kind: 'active_speaker', mediaType: 'video/mp4' })).toBe('active_speaker.mp4');
  expect(fileName({ kind: 'chat_file', mediaType: 'text/plain; charset=utf-8' })).toBe('chat_file.txt');
});
