import type { ClientMessage, Joined, ServerMessage } from './protocol';

export interface SignallingEvents {
  onMessage(message: ServerMessage): void;
  /** The socket is gone; `code` as in docs/protocol.md §5, 1006 when the network took it. */
  onClose(code: number, lastError: string | undefined): void;
}

/** How long a socket may take from opening to `joined`. */
const joinWithinMs = 10_000;

/** One signalling socket, from the first message to its close. */
export class Signalling {
  private readonly socket: WebSocket;
  private lastError: string | undefined;
  private over = false;

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
      const tooLong = setTimeout(() => socket.close(), joinWithinMs);
      let joined = false;
      socket.onopen = () => socket.send(JSON.stringify(first));
      socket.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as ServerMessage;
        if (message.type === 'error') signalling.lastError = message.code;
        if (message.type === 'joined' && !joined) {
          joined = true;
          clearTimeout(tooLong);
          resolve([signalling, message]);
        } else if (joined) events.onMessage(message);
      };
      socket.onclose = (event) => {
        clearTimeout(tooLong);
        if (!joined) reject(new NotLetIn(event.code, signalling.lastError));
        else if (!signalling.over) events.onClose(event.code, signalling.lastError);
      };
    });
  }

  send(message: ClientMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Closes from this side; `onClose` is not called. */
  close(): void {
    this.over = true;
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
