import { expect, test } from 'vitest';
import { JoinClock, measured, showsPicture, type Stat } from './measuring';

const sound: Stat = { type: 'inbound-rtp', kind: 'audio', mid: '0', totalSamplesReceived: 48_000, concealedSamples: 900, silentConcealedSamples: 420, jitterBufferDelay: 3, jitterBufferEmittedCount: 48 };
const picture: Stat = { type: 'inbound-rtp', kind: 'video', mid: '1', freezeCount: 2, totalFreezesDuration: 1.2346, frameWidth: 640, frameHeight: 360, framesDecoded: 40 };
const way = (local: Partial<Stat>): Stat[] => [
  { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
  { id: 'P', type: 'candidate-pair', localCandidateId: 'L', currentRoundTripTime: 0.0481 },
  { id: 'L', type: 'local-candidate', ...local },
];

test('sound and picture are counted under the names of their tracks, and made-up silence is no loss', () => {
  expect(measured([sound, picture], { '0': 'a', '1': 'v' }, undefined)).toEqual({
    type: 'measured',
    tracks: [
      { trackId: 'a', samples: 48_000, concealed: 480, jitterBuffer: 63 },
      { trackId: 'v', freezes: 2, frozen: 1235, jitterBuffer: 0, width: 640, height: 360 },
    ],
  });
});

test('a line without a track is nobody, and nothing is said of nothing', () => {
  expect(measured([sound], {}, undefined)).toBeNull();
});

test.each([
  [{ candidateType: 'host', protocol: 'udp' }, 'udp'],
  [{ candidateType: 'prflx', protocol: 'tcp' }, 'tcp'],
  [{ candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' }, 'relayTls'],
  [{ candidateType: 'relay', protocol: 'udp' }, 'relayUdp'],
])('the way by %o is %s', (local, path) => {
  expect(measured(way(local), {}, undefined)).toEqual({ type: 'measured', tracks: [], path, roundTrip: 48 });
});

test('what the microphone does is said as far as the browser tells it', () => {
  expect(measured([], {}, { echoCancellation: false, autoGainControl: true })?.processing).toEqual({ echoCancellation: false, autoGainControl: true });
});

test('the steps of coming in are differences of one clock, and whoever sees no picture says only the first two', () => {
  const clock = new JoinClock(1000);
  clock.ticket(1030.4);
  clock.joined(1071);
  expect(clock.timing(undefined, undefined, null)).toEqual({ type: 'timing', ticket: 30, socket: 41 });
  expect(clock.timing({ offering: 12, signalling: 20 }, 1200, 1500)).toEqual({ type: 'timing', ticket: 30, socket: 41, offering: 12, signalling: 20, first: 300, total: 500 });
});

test('a picture is there when one was decoded', () => {
  expect(showsPicture([sound, { ...picture, framesDecoded: 0 }])).toBe(false);
  expect(showsPicture([picture])).toBe(true);
});
