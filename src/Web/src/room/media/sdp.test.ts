import { expect, it } from 'vitest';
import { preferStereo, soundParametersOf, withSoundParameters } from './sdp';

const sdp = ['m=audio 9 UDP/TLS/RTP/SAVPF 111 63', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1', 'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111', ''].join('\r\n');

it('Stereo is preferred for Opus alone, and once', () => {
  const stereo = preferStereo(sdp);
  expect(stereo).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n');
  expect(stereo).toContain('a=fmtp:63 111/111\r\n');
  expect(preferStereo(stereo)).toBe(stereo);
});

it('The Opus parameters of one description can be given to another', () => {
  const asked = withSoundParameters(sdp, 'stereo=1;maxaveragebitrate=128000');
  expect(soundParametersOf(asked)).toBe('maxaveragebitrate=128000;stereo=1');
  expect(asked).toContain('a=fmtp:63 111/111\r\n');
  expect(soundParametersOf(asked.replace('opus', 'PCMU'))).toBeNull();
});
