import type { DeviceState, Result } from './wire';

type DeviceAdvice = `${'microphone' | 'camera'}_${Exclude<DeviceState, 'ok'>}`;

export type Advice = DeviceAdvice | 'other_network' | 'tcp_ready' | 'relay_ready' | 'cable' | 'processing' | 'mono' | 'use_listed' | 'ready' | 'test_again';

/** What to do next, the most pressing first; `ready` when there is nothing. */
export function advice(result: Result, roomOffered: boolean): Advice[] {
  const found: Advice[] = [];
  if (!result.counts) found.push('test_again');
  if (result.microphone !== 'ok') found.push(`microphone_${result.microphone}`);
  if (result.camera !== 'ok') found.push(`camera_${result.camera}`);
  if (roomOffered && result.paths.length > 0) {
    if (!result.bestPath) found.push('other_network');
    else if (result.bestPath !== 'udp') found.push(result.bestPath === 'tcp' ? 'tcp_ready' : 'relay_ready');
    if (result.lineFaults.length > 0) found.push('cable');
  }
  const { sound } = result;
  if (sound && (sound.echoCancellation || sound.noiseSuppression || sound.autoGainControl)) found.push('processing');
  else if (sound?.channelCount === 1) found.push('mono');
  if (!roomOffered) found.push('use_listed');
  return found.every((key) => key === 'tcp_ready' || key === 'relay_ready' || key === 'mono' || key === 'use_listed') ? [...found, 'ready'] : found;
}
