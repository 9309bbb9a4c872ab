import { testSignal } from './signal';

export interface ToneSource {
  track: MediaStreamTrack;
  /** From now on; before it the track is silent. */
  play(again: 'once' | 'for ever'): void;
}

/** The test signal as a track, through no loudspeaker. The context's owner ends it. */
export function toneSource(context: AudioContext): ToneSource {
  const { left, right } = testSignal();
  const sound = context.createBuffer(2, left.length, context.sampleRate);
  sound.copyToChannel(left, 0);
  sound.copyToChannel(right, 1);
  const player = new AudioBufferSourceNode(context, { buffer: sound });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 2 });
  player.connect(out);
  const track = out.stream.getAudioTracks()[0]!;
  track.contentHint = 'music';
  return {
    track,
    play(again) {
      player.loop = again === 'for ever';
      player.start();
    },
  };
}
