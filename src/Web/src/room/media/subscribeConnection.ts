import { Peer, type Negotiate, type PeerEvents } from './peer';
import type { Track } from './protocol';
import { preferStereo } from './sdp';
import { TimingChannel, type TimingEvents } from './timingChannel';

/** What this person receives: one recvonly m-line per announced track, lines of gone tracks used again. */
export class SubscribeConnection extends Peer {
  private readonly wanted = new Map<string, Track>();
  private readonly lines = new Map<string, RTCRtpTransceiver>();
  /** Null where the server has none. It opens with the first track's offer. */
  readonly timing: TimingChannel | null;
  private readonly onTrack: (track: Track, media: MediaStreamTrack) => void;

  constructor(
    iceServers: RTCIceServer[],
    negotiate: Negotiate,
    events: PeerEvents,
    onTrack: (track: Track, media: MediaStreamTrack) => void,
    timing: TimingEvents | null = null,
  ) {
    super('subscribe', iceServers, negotiate, events);
    this.onTrack = onTrack;
    this.timing = timing && new TimingChannel(this.connection, timing);
  }

  override close(): void {
    this.timing?.close();
    super.close();
  }

  addAll(tracks: Track[]): Promise<void> {
    if (tracks.length === 0) return Promise.resolve();
    for (const track of tracks) this.wanted.set(track.trackId, track);
    return this.offer();
  }

  remove(trackId: string): Promise<void> {
    if (!this.wanted.delete(trackId)) return Promise.resolve();
    return this.offer();
  }

  trackIds(): string[] {
    return [...this.wanted.keys()];
  }

  protected override prepare(): void {
    const free: RTCRtpTransceiver[] = this.connection.getTransceivers().filter((line) => ![...this.lines.values()].includes(line));
    for (const [trackId, line] of this.lines) {
      if (this.wanted.has(trackId)) continue;
      line.direction = 'inactive';
      this.lines.delete(trackId);
      // Used again only from the next round on: the server must first see the line without its old track.
    }
    for (const track of this.wanted.values()) {
      if (this.lines.has(track.trackId)) continue;
      const again = free.findIndex((line) => line.receiver.track.kind === track.kind);
      const line = again >= 0 ? free.splice(again, 1)[0]! : this.connection.addTransceiver(track.kind, { direction: 'recvonly' });
      line.direction = 'recvonly';
      this.lines.set(track.trackId, line);
      this.onTrack(track, line.receiver.track);
    }
  }

  protected override shape(sdp: string): string {
    return preferStereo(sdp);
  }

  /** mid → trackId. */
  override tracks(): Record<string, string> {
    const map: Record<string, string> = {};
    for (const [trackId, line] of this.lines) if (line.mid) map[line.mid] = trackId;
    return map;
  }
}
