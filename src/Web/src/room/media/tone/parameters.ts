import { soundParametersOf } from '../sdp';

/**
 * What the server's answer asks of a microphone in a lesson (src/SelfHostedMedia/Rooms/Publication.cs), in the order of `soundParametersOf`. For the
 * green room, where nobody has answered yet; the journey compares it with a real answer.
 */
export const lessonSound = 'maxaveragebitrate=128000;minptime=10;sprop-stereo=1;stereo=1;usedtx=0;useinbandfec=1';

/** What was agreed with the server for the sound that is sent; null before its answer. */
export function agreedSound(publish: RTCPeerConnection | undefined): string | null {
  return soundParametersOf(publish?.remoteDescription?.sdp ?? '');
}
