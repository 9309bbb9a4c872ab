import { measured, showsPicture, type JoinClock, type Stat } from './measuring';
import type { Peer } from './peer';
import type { ClientMessage, Joined } from './protocol';
import type { SubscribeConnection } from './subscribeConnection';

/** How often it is looked whether the first picture is there. */
const pictureMs = 50;
/** Whoever sees nothing after this long says so. */
const pictureWithinMs = 20_000;

/** Says what was measured again and again, and once how long coming in took, when the server wants to know (docs/protocol.md §11). */
export class Measuring {
  private readonly say: (message: ClientMessage) => void;
  private repeat: ReturnType<typeof setInterval> | undefined;
  private waiting: ReturnType<typeof setInterval> | undefined;

  constructor(say: (message: ClientMessage) => void) {
    this.say = say;
  }

  /** Begins anew; whatever was under way ends. */
  begin(joined: Joined, clock: JoinClock, subscribe: SubscribeConnection | undefined, publish: Peer | undefined, microphone: () => MediaTrackSettings | undefined): void {
    this.end();
    if (!joined.measureEvery || !subscribe) return;
    this.repeat = setInterval(() => {
      void statsOf([subscribe, publish]).then((stats) => {
        const message = measured(stats, subscribe.tracks(), microphone());
        if (message && this.repeat !== undefined) this.say(message);
      });
    }, joined.measureEvery * 1000);
    if (joined.tracks.some((track) => track.kind === 'video')) this.awaitPicture(clock, subscribe);
    else this.say(clock.timing(undefined, undefined, null));
  }

  end(): void {
    clearInterval(this.repeat);
    clearInterval(this.waiting);
    this.repeat = this.waiting = undefined;
  }

  private awaitPicture(clock: JoinClock, subscribe: SubscribeConnection): void {
    const until = performance.now() + pictureWithinMs;
    this.waiting = setInterval(() => {
      void statsOf([subscribe]).then((stats) => {
        const now = performance.now();
        const isThere = showsPicture(stats);
        if (this.waiting === undefined || (!isThere && now < until)) return;
        clearInterval(this.waiting);
        this.waiting = undefined;
        this.say(clock.timing(subscribe.firstOffer, subscribe.connectedAt, isThere ? now : null));
      });
    }, pictureMs);
  }
}

/** Only the connection that carries what is looked for: somebody alone has none that receives. */
async function statsOf(peers: (Peer | undefined)[]): Promise<Stat[]> {
  for (const peer of peers) {
    if (!peer || peer.connection.connectionState !== 'connected') continue;
    const stats: Stat[] = [];
    (await peer.connection.getStats().catch(() => undefined))?.forEach((stat: Stat) => stats.push(stat));
    return stats;
  }
  return [];
}
