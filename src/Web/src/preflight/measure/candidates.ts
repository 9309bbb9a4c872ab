import type { Path } from '../wire';

/**
 * The answer with the server's candidates of this path alone. It names its UDP and its TCP addresses: with both, a network that blocks UDP would
 * have the direct path work by TCP, and say nothing about UDP. A relay reaches the server over UDP, whatever carries it to the relay.
 */
export function candidatesOf(path: Path, answer: string): string {
  const other = path === 'tcp' ? 'udp' : 'tcp';
  return answer.split('\r\n').filter((line) => !new RegExp(`^a=candidate:\\S+ \\d+ ${other} `, 'i').test(line)).join('\r\n');
}
