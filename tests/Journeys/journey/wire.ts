import { execFileSync } from 'node:child_process';

export interface Wire {
  /** An address of this machine that is not loopback: Firefox sends nothing to 127.0.0.1. */
  address: string;
  cut(): void;
}

const [name, other, address] = ['muse-wire', 'muse-wire-end', '10.203.77.1'];

/** A pair of network interfaces of our own, joined to each other and to nothing else. */
export function layWire(): Wire | { refused: string } {
  try {
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', other);
  } catch (error) {
    return { refused: `a veth pair wants root and a kernel that has them: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}` };
  }
  const cut = () => ip('link', 'del', name);
  try {
    ip('address', 'add', `${address}/30`, 'dev', name);
    for (const each of [name, other]) ip('link', 'set', each, 'up');
  } catch (error) {
    cut();
    throw error;
  }
  return { address, cut };
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' });
}
