import { expect, it } from 'vitest';
import type { Joined, Participant } from './protocol';
import { delayBetween, emptyStage, heed, measured, stageOf } from './stage';

const me: Participant = { participantId: 'me', displayName: 'Me', role: 'tutor', audioMuted: false, videoMuted: false, audioSilenced: false, videoSilenced: false };
const joined: Joined = {
  type: 'joined',
  protocol: 1,
  participantId: 'me',
  secret: 's',
  resumeWithin: 30,
  room: 'r',
  profile: { music: true, audioBitrate: 128_000, maxVideoHeight: 720 },
  lesson: { start: '', end: '', closesAt: '', started: false },
  self: me,
  participants: [],
  tracks: [],
  delays: [
    { participantId: 'me', milliseconds: 12.5 },
    { participantId: 'ann', milliseconds: 80 },
  ],
  doorClosed: true,
  waiting: [{ waitingId: 'w', displayName: 'Ann', role: 'student' }],
};

it('Who joins sees the room as it is', () => {
  const stage = stageOf(joined, emptyStage);
  expect(stage).toMatchObject({ spotlight: null, speaker: null, doorClosed: true, waiting: joined.waiting });
});

it('One way between two is the sum of their ways to the server, and unknown while one is', () => {
  const stage = stageOf(joined, emptyStage);
  expect(delayBetween(stage, 'me', 'ann')).toBe(93);
  expect(delayBetween(stage, 'me', 'bob')).toBeNull();
});

it('What the page measures itself counts before what the server says of it', () => {
  const stage = measured(stageOf(joined, emptyStage), 20);
  expect(delayBetween(stage, 'me', 'ann')).toBe(100);
  expect(measured(stage, 20.3)).toBe(stage);
  expect(delayBetween(measured(stage, null), 'me', 'ann')).toBe(93);
});

it('Every message finds its place', () => {
  let stage = stageOf(joined, emptyStage);
  stage = heed(stage, { type: 'spotlight', participantId: 'ann' });
  stage = heed(stage, { type: 'speaker', participantId: 'ann' });
  stage = heed(stage, { type: 'picture', trackId: 't', state: 'paused', height: 0 });
  stage = heed(stage, { type: 'door', closed: false });
  stage = heed(stage, { type: 'waitingPeople', people: [] });
  stage = heed(stage, { type: 'silenced', participantId: 'me', kind: 'audio', silenced: true });
  expect(stage).toMatchObject({ spotlight: 'ann', speaker: 'ann', doorClosed: false, waiting: [], self: { audioSilenced: true, videoSilenced: false } });
  expect(stage.pictures.get('t')).toBe('paused');
  expect(heed(stage, { type: 'trackUnpublished', trackId: 't' }).pictures.size).toBe(0);
  expect(heed(stage, { type: 'spotlight' }).spotlight).toBeNull();
});

it('A message about something else changes nothing', () => {
  const stage = stageOf(joined, emptyStage);
  expect(heed(stage, { type: 'pong' })).toBe(stage);
  expect(heed(stage, { type: 'silenced', participantId: 'ann', kind: 'video', silenced: true })).toBe(stage);
  expect(heed(stage, { type: 'trackUnpublished', trackId: 'other' })).toBe(stage);
});
