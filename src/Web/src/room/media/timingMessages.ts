/** What goes over the channel `muse.timing` (docs/protocol.md §12): numbers in network order, times in microseconds. */

export interface Stamped {
  kind: number;
  senderId: string;
  /** The server's clock as the sender reckoned it; 0 = not known. */
  sentAt: number;
  receivedAt: number;
  content: Uint8Array;
}

export type TimingMessage =
  | { type: 'ping'; sentAt: bigint }
  | { type: 'pong'; pingedAt: number; receivedAt: number; sentAt: number }
  | ({ type: 'stamped' } & Stamped);

/** The answer's `a=max-message-size`, less the head. */
export const maxContent = 1_014;

const ping = 1;
const pong = 2;
const message = 3;
const stamped = 4;

export function writePing(sentAt: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, ping);
  view.setBigInt64(1, BigInt(Math.round(sentAt)));
  return view.buffer;
}

export function writePong(pingedAt: bigint, receivedAt: number, sentAt: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(25));
  view.setUint8(0, pong);
  view.setBigInt64(1, pingedAt);
  view.setBigInt64(9, BigInt(Math.round(receivedAt)));
  view.setBigInt64(17, BigInt(Math.round(sentAt)));
  return view.buffer;
}

export function writeMessage(kind: number, sentAt: number, content: Uint8Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(10 + content.length));
  view.setUint8(0, message);
  view.setUint8(1, kind);
  view.setBigInt64(2, BigInt(Math.round(sentAt)));
  new Uint8Array(view.buffer, 10).set(content);
  return view.buffer;
}

/** Null for what is none. */
export function readTiming(data: unknown): TimingMessage | null {
  if (!(data instanceof ArrayBuffer) || data.byteLength < 9) return null;
  const view = new DataView(data);
  const time = (at: number) => Number(view.getBigInt64(at));
  switch (view.getUint8(0)) {
    case ping:
      return data.byteLength === 9 ? { type: 'ping', sentAt: view.getBigInt64(1) } : null;
    case pong:
      return data.byteLength === 25 ? { type: 'pong', pingedAt: time(1), receivedAt: time(9), sentAt: time(17) } : null;
    case stamped:
      if (data.byteLength < 34) return null;
      return {
        type: 'stamped',
        kind: view.getUint8(1),
        senderId: uuid(new Uint8Array(data, 2, 16)),
        sentAt: time(18),
        receivedAt: time(26),
        content: new Uint8Array(data, 34),
      };
    default:
      return null;
  }
}

function uuid(bytes: Uint8Array): string {
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
