import { preferStereo } from '../../room/media/sdp';
import { candidatesOf } from './candidates';
import type { ConnectionKind, MediaKind } from '../../room/media/protocol';
import type { Path } from '../wire';

export interface OwnTrack {
  trackId: string;
  kind: MediaKind;
}

type Heard =
  | { type: 'testRoomOpen'; closesAt: string }
  | { type: 'trackPublished'; track: OwnTrack }
  | { type: 'answer'; id: number; connection: ConnectionKind; sdp: string }
  | { type: 'error'; code: string; id?: number };

interface Waiting {
  resolve: (answer: { sdp: string; tracks: OwnTrack[] }) => void;
  reject: (why: Error) => void;
}

/** The private room of one test, over its signalling socket (docs/protocol.md §10). */
export class TestRoom {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, Waiting>();
  private offers = 0;
  /** The tracks named since the last answer: they belong to the answer that follows them. */
  private named: OwnTrack[] = [];

  private constructor(url: string) {
    this.socket = new WebSocket(url);
  }

  static open(signalUrl: string, ticket: string, withinMs: number): Promise<TestRoom> {
    const url = new URL(signalUrl, window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const room = new TestRoom(url.href);
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => room.socket.close(), withinMs);
      room.socket.onopen = () => room.socket.send(JSON.stringify({ type: 'join', ticket }));
      room.socket.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as Heard;
        if (message.type === 'testRoomOpen') {
          clearTimeout(tooLong);
          resolve(room);
        } else room.hear(message);
      };
      room.socket.onclose = (event) => {
        clearTimeout(tooLong);
        const why = new Error(`closed with ${event.code}`);
        reject(why);
        for (const offer of room.waiting.values()) offer.reject(why);
        room.waiting.clear();
      };
    });
  }

  /** Sends the connection's offer and sets the answer; resolves with the tracks that the server knows it by. */
  async negotiate(path: Path, kind: ConnectionKind, connection: RTCPeerConnection, tracks?: () => Record<string, string>): Promise<OwnTrack[]> {
    const offer = await connection.createOffer();
    const sdp = kind === 'subscribe' ? preferStereo(offer.sdp ?? '') : (offer.sdp ?? '');
    await connection.setLocalDescription({ type: 'offer', sdp });
    const id = ++this.offers;
    const answer = await new Promise<{ sdp: string; tracks: OwnTrack[] }>((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) reject(new Error('the socket is gone'));
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ type: 'tryPath', id, path, connection: kind, sdp, ...(tracks ? { tracks: tracks() } : {}) }));
    });
    await connection.setRemoteDescription({ type: 'answer', sdp: candidatesOf(path, answer.sdp) });
    return answer.tracks;
  }

  close(): void {
    this.socket.close(1000);
  }

  private hear(message: Heard): void {
    switch (message.type) {
      case 'trackPublished':
        this.named.push(message.track);
        break;
      case 'answer':
        this.waiting.get(message.id)?.resolve({ sdp: message.sdp, tracks: this.named });
        this.waiting.delete(message.id);
        this.named = [];
        break;
      case 'error':
        if (message.id === undefined) break;
        this.waiting.get(message.id)?.reject(new Error(message.code));
        this.waiting.delete(message.id);
        break;
    }
  }
}
