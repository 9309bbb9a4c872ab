import { expect, it } from 'vitest';
import { SentSoundWatch, soundFaults } from './soundCheck';

const music = { music: true, audioBitrate: 128_000, maxVideoHeight: 720 };
const good = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 2, sampleRate: 48_000 };
const sent = { codec: 'audio/opus', fmtp: 'minptime=10;stereo=1;useinbandfec=1', channels: 2, bitrate: 127_000 };

it('Music as it should be has no fault', () => {
  expect(soundFaults(music, good, sent)).toEqual([]);
});

it('Speech has none either, however it is processed', () => {
  expect(soundFaults({ ...music, music: false }, { ...good, echoCancellation: true, channelCount: 1 }, { ...sent, fmtp: '' })).toEqual([]);
});

it.each([
  [{ ...good, echoCancellation: true, autoGainControl: true }, sent, ['echoCancellation', 'autoGainControl']],
  [{ ...good, channelCount: 1 }, sent, ['monoMicrophone']],
  [{ ...good, sampleRate: 16_000 }, sent, ['narrowMicrophone']],
  [good, { ...sent, fmtp: 'minptime=10;sprop-stereo=1' }, ['monoSent']],
  [good, { ...sent, channels: 1 }, ['monoSent']],
  [good, { ...sent, codec: 'audio/PCMU', fmtp: '' }, ['notOpus']],
  [good, { ...sent, bitrate: 24_000 }, ['thinSent']],
])('%j, sent as %j, is said to be %j', (applied, out, faults) => {
  expect(soundFaults(music, applied, out)).toEqual(faults);
});

it('What a browser does not tell is no fault', () => {
  const silent = { echoCancellation: undefined, noiseSuppression: undefined, autoGainControl: undefined, channelCount: undefined, sampleRate: undefined };
  expect(soundFaults(music, silent, { codec: '', fmtp: '', channels: undefined, bitrate: undefined })).toEqual([]);
  expect(soundFaults(music, null, null)).toEqual([]);
});

it('What the test tone found is said with the rest, and nothing twice', () => {
  expect(soundFaults(music, { ...good, channelCount: 1 }, { ...sent, channels: 1 }, ['monoSent', 'narrowSent'])).toEqual(['monoMicrophone', 'monoSent', 'narrowSent']);
  expect(soundFaults({ ...music, music: false }, good, sent, ['narrowSent'])).toEqual([]);
});

it('Redundant sound is opus, too', () => {
  expect(soundFaults(music, good, { ...sent, codec: 'audio/red', fmtp: '111/111' })).toEqual([]);
});

it('The bitrate is that between two looks', () => {
  const watch = new SentSoundWatch();
  const stats = (bytesSent: number, timestamp: number): [string, { type: string }][] => [
    ['o', { type: 'outbound-rtp', kind: 'audio', codecId: 'c', bytesSent, timestamp } as { type: string }],
    ['c', { type: 'codec', mimeType: 'audio/opus', sdpFmtpLine: 'stereo=1', channels: 2 } as { type: string }],
  ];
  expect(watch.read(stats(1_000, 0))).toMatchObject({ codec: 'audio/opus', channels: 2, bitrate: undefined });
  expect(watch.read(stats(81_000, 5_000))?.bitrate).toBe(128_000);
  expect(watch.read([])).toBeNull();
});
