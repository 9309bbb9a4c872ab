import { expect, test } from 'vitest';
import { readTiming, writeMessage, writePing, writePong } from './timingMessages';

const hex = (bytes: ArrayBuffer) => [...new Uint8Array(bytes)].map((each) => each.toString(16).padStart(2, '0')).join('');
const bytes = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (each) => parseInt(each, 16)).buffer;

test('What is written has the bytes of the protocol', () => {
  expect(hex(writePing(258))).toBe('010000000000000102');
  expect(hex(writePong(-1n, 16, 17))).toBe('02ffffffffffffffff00000000000000100000000000000011');
  expect(hex(writeMessage(9, 255, new Uint8Array([0xaa, 0xbb])))).toBe('030900000000000000ffaabb');
});

test('What the server sends is read', () => {
  expect(readTiming(bytes('010000000000000102'))).toEqual({ type: 'ping', sentAt: 258n });
  expect(readTiming(bytes('02000000000000000100000000000000020000000000000003'))).toEqual({ type: 'pong', pingedAt: 1, receivedAt: 2, sentAt: 3 });
  expect(readTiming(bytes('040900112233445566778899aabbccddeeff00000000000000ff0000000000001234aabb'))).toEqual({
    type: 'stamped',
    kind: 9,
    senderId: '00112233-4455-6677-8899-aabbccddeeff',
    sentAt: 255,
    receivedAt: 0x1234,
    content: new Uint8Array([0xaa, 0xbb]),
  });
});

test('Anything else is nothing', () => {
  for (const text of ['', '01', '0100000000000001', '02000000000000000100000000000000020000', '04090011', '050000000000000000']) expect(readTiming(bytes(text))).toBeNull();
  expect(readTiming('text')).toBeNull();
});
