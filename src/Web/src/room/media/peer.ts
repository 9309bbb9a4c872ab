import type { ConnectionKind } from './protocol';
import { bytesReceived, lookMs, Watchdog } from './watchdog';

/** Sends an offer and resolves with the answer's SDP. */
export type Negotiate = (connection: ConnectionKind, sdp: string, tracks?: Record<string, string>) => Promise<string>;

export interface PeerEvents {
  /** The connection cannot be saved from here: join anew. */
  onLost(connection: ConnectionKind): void;
}

/**
 * An ICE-lite server gives no candidate that could fail, and a refused TURN credential leaves the state at `new` for ever, so
 * the states are watched with times of our own.
 */
const connectWithinMs = 15_000;
const recoverWithinMs = 8_000;

/** What both connections share: negotiation one at a time, and noticing that the wire is dead. */
export abstract class Peer {
  readonly connection: RTCPeerConnection;
  /** ms that the first offer took: to make, and until its answer was there. */
  firstOffer: { offering: number; signalling: number } | undefined;
  /** When it first had its keys, by the page's clock. */
  connectedAt: number | undefined;
  private readonly kind: ConnectionKind;
  private readonly negotiate: Negotiate;
  private readonly events: PeerEvents;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private closed = false;
  private again = false;
  private running: Promise<void> | undefined;

  protected constructor(kind: ConnectionKind, iceServers: RTCIceServer[], negotiate: Negotiate, events: PeerEvents) {
    this.kind = kind;
    this.negotiate = negotiate;
    this.events = events;
    this.connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    this.connection.onconnectionstatechange = () => this.watch();
  }

  /** What has to be done before the offer is made. */
  protected prepare(): void {}

  /** The offer as it is set and sent. */
  protected shape(sdp: string): string {
    return sdp;
  }

  /** mid → trackId, for the subscribe connection. */
  protected tracks(): Record<string, string> | undefined {
    return undefined;
  }

  /** Offers; calls that come while an offer is under way become one more round. */
  offer(): Promise<void> {
    this.again = true;
    this.running ??= this.rounds().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Nothing has said yet that it is dead. */
  get lives(): boolean {
    return !this.closed && this.connection.connectionState !== 'failed' && this.connection.connectionState !== 'closed';
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearInterval(this.looking);
    this.connection.close();
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      const begun = performance.now();
      this.prepare();
      const offer = await this.connection.createOffer();
      const sdp = this.shape(offer.sdp ?? '');
      await this.connection.setLocalDescription({ type: 'offer', sdp });
      if (this.connection.connectionState === 'new') this.giveUpAfter(connectWithinMs);
      const made = performance.now();
      const answer = await this.negotiate(this.kind, sdp, this.tracks());
      this.firstOffer ??= { offering: made - begun, signalling: performance.now() - made };
      if (this.closed) return;
      await this.connection.setRemoteDescription({ type: 'answer', sdp: answer });
    }
  }

  private watch(): void {
    switch (this.connection.connectionState) {
      case 'connected':
        this.connectedAt ??= performance.now();
        clearTimeout(this.timer);
        this.looking ??= this.lookAfterPath();
        break;
      case 'disconnected':
        this.giveUpAfter(recoverWithinMs);
        break;
      case 'failed':
        this.giveUpAfter(0);
        break;
    }
  }

  /** Restarts ICE as soon as the path looks dead: the keys and the media stay, only the way is another. */
  private lookAfterPath(): ReturnType<typeof setInterval> {
    const dog = new Watchdog();
    let asking = false;
    return setInterval(() => {
      if (asking || this.closed) return;
      asking = true;
      void bytesReceived(this.connection)
        .then((bytes) => {
          if (this.closed || bytes === null || !dog.see(performance.now(), bytes)) return;
          this.connection.restartIce();
          return this.offer();
        })
        // Without a socket there is no answer; whoever brings the socket back negotiates anew.
        .catch(() => undefined)
        .finally(() => {
          asking = false;
        });
    }, lookMs);
  }

  private giveUpAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.closed) this.events.onLost(this.kind);
    }, ms);
  }
}
