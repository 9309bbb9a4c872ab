import { Peer, type Negotiate, type PeerEvents } from './peer';
import type { MediaKind } from './protocol';

/**
 * Three sizes of one camera: each viewer gets the one it has room and line for (docs/media.md). Only for rooms of more than two: with one viewer
 * a single picture that follows the viewer's line looks better than the same bits shared out among three.
 */
export const cameraLayers: RTCRtpEncodingParameters[] = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/** The single picture goes on for so long beside its layers: by then the viewers have the new one. */
const overlapMs = 3_000;

/** What this person sends: at most one audio and one video track. */
export class PublishConnection extends Peer {
  private readonly senders = new Map<MediaKind, RTCRtpSender>();
  private layered = false;
  private overlap: ReturnType<typeof setTimeout> | undefined;

  constructor(iceServers: RTCIceServer[], negotiate: Negotiate, events: PeerEvents) {
    super('publish', iceServers, negotiate, events);
  }

  /** The first offer: both kinds in one. */
  async sendAll(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): Promise<void> {
    if (audio) this.addLine('audio', audio);
    if (video) this.addLine('video', video);
    if (audio || video) await this.offer();
  }

  /** Sends the track, or nothing of this kind. Only a kind's first track needs a new offer. */
  async send(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    const sender = this.senders.get(kind);
    if (sender) {
      await sender.replaceTrack(track);
      return;
    }
    if (!track) return;
    this.addLine(kind, track);
    await this.offer();
  }

  /**
   * There is more than one viewer: a camera is sent in layers from now on. Layers cannot be added to a line that has none, so one under way moves to
   * another line; for the viewers that is another track, and they have it before the old one goes.
   */
  async sendInLayers(): Promise<void> {
    if (this.layered) return;
    this.layered = true;
    const single = this.connection.getTransceivers().find(({ sender }) => sender === this.senders.get('video'));
    if (!single) return;
    this.senders.delete('video');
    if (single.sender.track) this.addLine('video', single.sender.track);
    try {
      await this.offer();
    } finally {
      // Also when the socket was lost meanwhile: what is offered again then would otherwise send both for good.
      this.overlap = setTimeout(() => this.endSingle(single), overlapMs);
    }
  }

  private endSingle(single: RTCRtpTransceiver): void {
    if (!this.lives) return;
    single.stop();
    // Without a socket there is no answer; whoever brings the socket back offers again.
    void this.offer().catch(() => undefined);
  }

  override close(): void {
    clearTimeout(this.overlap);
    super.close();
  }

  // The codecs stay in the browser's own order: the server chooses by it and by what the others decode (docs/media.md).
  private addLine(kind: MediaKind, track: MediaStreamTrack): void {
    const layers = kind === 'video' && this.layered ? { sendEncodings: cameraLayers.map((layer) => ({ ...layer })) } : {};
    const transceiver = this.connection.addTransceiver(track, { direction: 'sendonly', ...layers });
    this.senders.set(kind, transceiver.sender);
  }
}
