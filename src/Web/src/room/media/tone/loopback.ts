import { PublishConnection } from '../publishConnection';
import { preferStereo, withSoundParameters } from '../sdp';

/**
 * One hop within this browser: the lesson's own publishing connection sends; at the other end is what a subscriber of the room is. Nothing leaves
 * the machine. The answer asks for the sound as the server's answer does, so the encoder is set as in the lesson.
 */
export class Loopback {
  private readonly sender: PublishConnection;
  private readonly receiver = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
  private readonly parameters: string;

  constructor(parameters: string) {
    this.parameters = parameters;
    this.sender = new PublishConnection([], (_, offer) => this.answer(offer), { onLost: () => this.close() });
  }

  /** Resolves with what arrives once both ends have their keys. */
  async send(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    const arrives = new Promise<MediaStreamTrack>((resolve) => {
      this.receiver.ontrack = (event) => resolve(event.track);
    });
    await this.sender.sendAll(track, null);
    const received = await arrives;
    await connected(this.receiver);
    return received;
  }

  close(): void {
    this.sender.close();
    this.receiver.close();
  }

  private async answer(offer: string): Promise<string> {
    const { receiver } = this;
    await receiver.setRemoteDescription({ type: 'offer', sdp: offer });
    const answer = await receiver.createAnswer();
    await receiver.setLocalDescription({ type: 'answer', sdp: preferStereo(answer.sdp ?? '') });
    // As the server does it, the answer names every way to this end: the sender never tells its own.
    await gathered(receiver);
    return withSoundParameters(receiver.localDescription?.sdp ?? '', this.parameters);
  }
}

function connected(connection: RTCPeerConnection): Promise<void> {
  return until(connection, 'connectionstatechange', () => connection.connectionState === 'connected');
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return until(connection, 'icegatheringstatechange', () => connection.iceGatheringState === 'complete');
}

function until(connection: RTCPeerConnection, event: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      connection.removeEventListener(event, look);
      resolve();
    };
    connection.addEventListener(event, look);
    look();
  });
}
