import { ServerClock } from './serverClock';
import { maxContent, readTiming, writeMessage, writePing, writePong, type Stamped } from './timingMessages';

export const timingLabel = 'muse.timing';
const pingEveryMs = 2_000;
/** So few that the watchdog does not take them for a steady flow that breaks off. */
const firstPings = 4;
const firstPingsEveryMs = 200;
/** What waits so long has missed its time. */
const mostBufferedBytes = 8_192;

export interface TimingEvents {
  /** Milliseconds to the server; null when the channel is gone. */
  onOneWay(ms: number | null): void;
  onMessage?(message: Stamped): void;
}

/** For what must come in time or not at all: nothing is repeated, nothing waits for what was lost. Lives with its connection. */
export class TimingChannel {
  readonly clock = new ServerClock();
  private readonly channel: RTCDataChannel;
  private readonly events: TimingEvents;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: RTCPeerConnection, events: TimingEvents) {
    this.events = events;
    this.channel = connection.createDataChannel(timingLabel, { ordered: false, maxRetransmits: 0 });
    this.channel.binaryType = 'arraybuffer';
    this.channel.onopen = () => this.ping(1);
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.channel.onclose = () => {
      clearTimeout(this.timer);
      this.events.onOneWay(null);
    };
  }

  /** To the others in the room. False when it was not sent. */
  send(kind: number, content: Uint8Array): boolean {
    if (content.length > maxContent || this.channel.readyState !== 'open' || this.channel.bufferedAmount > mostBufferedBytes) return false;
    this.channel.send(writeMessage(kind, this.clock.at(now()) ?? 0, content));
    return true;
  }

  close(): void {
    clearTimeout(this.timer);
    this.channel.onopen = this.channel.onmessage = this.channel.onclose = null;
    this.channel.close();
  }

  private ping(count: number): void {
    if (this.channel.readyState !== 'open') return;
    if (this.channel.bufferedAmount <= mostBufferedBytes) this.channel.send(writePing(now()));
    this.timer = setTimeout(() => this.ping(count + 1), count < firstPings ? firstPingsEveryMs : pingEveryMs);
  }

  private hear(data: unknown): void {
    const arrived = now();
    const message = readTiming(data);
    if (message?.type === 'ping' && this.channel.readyState === 'open') this.channel.send(writePong(message.sentAt, arrived, now()));
    if (message?.type === 'pong' && this.clock.hear(message.pingedAt, message.receivedAt, message.sentAt, arrived)) this.events.onOneWay(this.clock.oneWayMs);
    if (message?.type === 'stamped') this.events.onMessage?.(message);
  }
}

/** This page's clock in microseconds. */
function now(): number {
  return performance.now() * 1_000;
}
