import { describe, expect, it } from 'vitest';
import { candidatesOf } from './candidates';

const answer = [
  'v=0',
  'a=candidate:1 1 udp 2130706431 192.0.2.7 40404 typ host',
  'a=candidate:2 1 UDP 2130706175 2001:db8::7 40404 typ host',
  'a=candidate:3 1 tcp 1518280447 192.0.2.7 40404 typ host tcptype passive',
  'a=end-of-candidates',
  '',
].join('\r\n');

describe('The candidates of a path', () => {
  it('are those over UDP for the direct way and for the relays', () => {
    for (const path of ['udp', 'turn-udp', 'turn-tcp', 'turns-tls'] as const)
      expect(candidatesOf(path, answer)).toBe(answer.replace(/a=candidate:3.*\r\n/, ''));
  });

  it('are those over TCP for TCP', () => {
    expect(candidatesOf('tcp', answer)).toBe(answer.replace(/a=candidate:[12].*\r\n/g, ''));
  });
});
