import { Heartbeat } from './heartbeat';
import type { ClientMessage, Joined, ServerMessage } from './protocol';

export interface SignallingEvents {
  onMessage(message: ServerMessage): void;
  /** The door is closed: `joined` comes when the tutor lets this person in. */
  onWaiting(signalling: Signalling): void;
  /** The socket is gone; `code` as in docs/protocol.md §5, 1006 when the network took it. */
  onClose(code: number, lastError: string | undefined): void;
}

/** How long a socket may take from opening to `joined`. */
const joinWithinMs = 10_000;
const lookMs = 1_000;

/** One signalling socket, from the first message to its close. */
export class Signalling {
  private readonly socket: WebSocket;
  private lose: (code: number) => void = () => undefined;
  private lastError: string | undefined;
  private over = false;
  private readonly heartbeat = new Heartbeat(performance.now());
  private beating: ReturnType<typeof setInterval> | undefined;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
  }

  /** Opens the socket and resolves with `joined`; rejects with a {@link NotLetIn} when the server says no or says nothing. */
  static open(signalUrl: string, first: ClientMessage, events: SignallingEvents): Promise<[Signalling, Joined]> {
    const url = new URL(signalUrl, window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const signalling = new Signalling(url.href);
    return new Promise((resolve, reject) => {
      const { socket } = signalling;
      const tooLong = setTimeout(() => signalling.lose(1006), joinWithinMs);
      let joined = false;
      signalling.lose = (code) => {
        clearTimeout(tooLong);
        clearInterval(signalling.beating);
        socket.onclose = null;
        socket.close();
        if (!joined) reject(new NotLetIn(code, signalling.lastError));
        else if (!signalling.over) events.onClose(code, signalling.lastError);
        signalling.over = true;
      };
      socket.onopen = () => socket.send(JSON.stringify(first));
      socket.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as ServerMessage;
        signalling.heartbeat.heard(performance.now());
        if (message.type === 'error') signalling.lastError = message.code;
        if (message.type === 'waiting') {
          clearTimeout(tooLong);
          signalling.beat();
          events.onWaiting(signalling);
        } else if (message.type === 'joined' && !joined) {
          joined = true;
          clearTimeout(tooLong);
          signalling.beat();
          resolve([signalling, message]);
        } else if (joined) events.onMessage(message);
      };
      socket.onclose = (event) => signalling.lose(event.code);
    });
  }

  send(message: ClientMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private beat(): void {
    this.beating ??= setInterval(() => this.look(), lookMs);
  }

  /** Is the other end there? `doubtful` after a sleep: asks at once. A dead socket is closed as if the network had taken it (1006). */
  look(doubtful = false): void {
    const beat = this.heartbeat.look(performance.now(), doubtful);
    if (beat === 'ask') this.send({ type: 'ping' });
    else if (beat === 'dead') this.lose(1006);
  }

  /** Closes from this side; `onClose` is not called. */
  close(): void {
    this.over = true;
    clearInterval(this.beating);
    this.socket.close(1000);
  }
}

export class NotLetIn extends Error {
  readonly closeCode: number;
  readonly code: string | undefined;

  constructor(closeCode: number, code: string | undefined) {
    super(code ?? `closed with ${closeCode}`);
    this.closeCode = closeCode;
    this.code = code;
  }
}
