import { Peer, type Negotiate, type PeerEvents } from './peer';
import type { MediaKind } from './protocol';

/** What this person sends: at most one audio and one video track. */
export class PublishConnection extends Peer {
  private readonly senders = new Map<MediaKind, RTCRtpSender>();

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

  private addLine(kind: MediaKind, track: MediaStreamTrack): void {
    const transceiver = this.connection.addTransceiver(track, { direction: 'sendonly' });
    this.senders.set(kind, transceiver.sender);
    if (kind === 'video') this.preferVp8(transceiver);
  }

  // VP8 is what every browser both encodes and decodes, and its key frames come cheapest on a tablet.
  private preferVp8(transceiver: RTCRtpTransceiver): void {
    const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs;
    if (!codecs) return;
    const isVp8 = (codec: RTCRtpCodec) => codec.mimeType.toLowerCase() === 'video/vp8';
    transceiver.setCodecPreferences([...codecs.filter(isVp8), ...codecs.filter((codec) => !isVp8(codec))]);
  }
}
