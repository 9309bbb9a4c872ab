import type { AppliedAudio } from './devices';
import { unwantedProcessing } from './devices';
import type { Profile } from './protocol';
import type { ToneFault } from './tone/hearing';

/** What is really sent, as the browser's statistics have it. */
export interface SentSound {
  codec: string;
  fmtp: string;
  channels: number | undefined;
  /** bit/s since the look before; undefined at the first. */
  bitrate: number | undefined;
}

export type SoundFault =
  | 'echoCancellation'
  | 'noiseSuppression'
  | 'autoGainControl'
  | 'monoMicrophone'
  | 'narrowMicrophone'
  | 'notOpus'
  | 'thinSent'
  | ToneFault;

/** Sound of less than this is without the overtones of a violin. */
const lowestRate = 44_100;
/** Less than this part of what was asked for is not what was asked for. Constant-rate music; a pause does not bring it down. */
const lowestShare = 0.4;

/** What the microphone's own settings say against music. Settings that a browser does not tell are no fault. */
export function microphoneFaults(applied: AppliedAudio): SoundFault[] {
  const faults: SoundFault[] = [...unwantedProcessing(applied)];
  if (applied.channelCount === 1) faults.push('monoMicrophone');
  if (applied.sampleRate !== undefined && applied.sampleRate < lowestRate) faults.push('narrowMicrophone');
  return faults;
}

/**
 * What of music mode the browser did not do, by what the microphone is, what is sent, and what came of the test tone; nothing for speech. Each
 * fault once, though two of them may have found it.
 */
export function soundFaults(profile: Profile, applied: AppliedAudio | null, sent: SentSound | null, tone: readonly ToneFault[] = []): SoundFault[] {
  if (!profile.music) return [];
  const faults: SoundFault[] = applied ? microphoneFaults(applied) : [];
  if (sent && sent.codec !== '') {
    const isOpus = /^audio\/(opus|red)$/i.test(sent.codec);
    if (!isOpus) faults.push('notOpus');
    else if (sent.channels === 1 || (/^audio\/opus$/i.test(sent.codec) && !/(^|;)\s*stereo=1(;|$)/.test(sent.fmtp))) faults.push('monoSent');
    if (sent.bitrate !== undefined && sent.bitrate < profile.audioBitrate * lowestShare) faults.push('thinSent');
  }
  return [...new Set([...faults, ...tone])];
}

interface Stat {
  type: string;
  kind?: string;
  codecId?: string;
  mimeType?: string;
  sdpFmtpLine?: string;
  channels?: number;
  bytesSent?: number;
  timestamp?: number;
}

/** Looks at the publishing connection again and again; each look gives the bitrate since the one before. */
export class SentSoundWatch {
  private before: { bytes: number; at: number } | undefined;

  read(stats: Iterable<[string, Stat]>): SentSound | null {
    const all = new Map(stats);
    const line = [...all.values()].find((stat) => stat.type === 'outbound-rtp' && stat.kind === 'audio');
    const codec = all.get(line?.codecId ?? '');
    if (!line || !codec) return null;
    const now = { bytes: line.bytesSent ?? 0, at: line.timestamp ?? 0 };
    const { before } = this;
    this.before = now;
    const passed = before ? now.at - before.at : 0;
    const grew = before ? now.bytes - before.bytes : 0;
    return {
      codec: codec.mimeType ?? '',
      fmtp: codec.sdpFmtpLine ?? '',
      channels: codec.channels,
      bitrate: passed > 0 && grew >= 0 ? (grew * 8_000) / passed : undefined,
    };
  }
}
