import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { home } from './built';

const program = '/usr/bin/turnserver';
const startsWithinMs = 20_000;

/** Why coturn cannot run here, or null. */
export const coturnMissing: string | null = existsSync(program) ? null : 'coturn is missing (Debian’s package coturn)';

export interface Coturn {
  /** URLs as `Rooms:Turn:Urls` takes them. */
  stun: string;
  udp: string;
  tcp: string;
  tls: string;
  /** What `startServer` needs so that Muse gives out this relay's addresses: all three ways, unless some are named. */
  settings(...ways: string[]): Record<string, string>;
  /** What it has printed so far. */
  printed(): string;
  stop(): Promise<void>;
}

/**
 * The real coturn on loopback with the configuration file that Muse ships: only what that file marks with CHANGE is changed, and the ports.
 * It relays to 127.0.0.1 alone, so a server under test must be told to advertise that address. The certificate is self-made: a browser has to
 * be started with `--ignore-certificate-errors`.
 */
export async function startCoturn(): Promise<Coturn> {
  const folder = mkdtempSync(path.join(tmpdir(), 'muse-coturn-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const secret = randomBytes(32).toString('hex');
  const [certificate, key] = [path.join(folder, 'certificate.pem'), path.join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=localhost',
    '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const own: Record<string, string> = {
    'listening-ip': 'listening-ip=127.0.0.1',
    'relay-ip': 'relay-ip=127.0.0.1',
    realm: 'realm=localhost',
    'listening-port': `listening-port=${port}`,
    'tls-listening-port': `tls-listening-port=${tlsPort}`,
    cert: `cert=${certificate}`,
    pkey: `pkey=${key}`,
    'allowed-peer-ip': 'allowed-peer-ip=127.0.0.1',
    '#static-auth-secret': `static-auth-secret=${secret}`,
  };
  const shipped = readFileSync(path.join(home, 'deploy/coturn/turnserver.conf'), 'utf8').split('\n');
  const file = path.join(folder, 'turnserver.conf');
  // coturn refuses the loopback network even when its address is allowed.
  const more = ['allow-loopback-peers', `pidfile=${path.join(folder, 'pid')}`, `userdb=${path.join(folder, 'users')}`];
  writeFileSync(file, [...shipped.map((line) => own[line.split('=')[0]!] ?? line), ...more].join('\n'), { mode: 0o600 });

  const child = spawn(program, ['-c', file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-500_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + startsWithinMs;
  while (!(await listens(port)) || !(await listens(tlsPort))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`coturn does not start:\n${text}`);
    }
    await pause(100);
  }
  const [udp, tcp, tls] = [`turn:127.0.0.1:${port}?transport=udp`, `turn:127.0.0.1:${port}?transport=tcp`, `turns:localhost:${tlsPort}?transport=tcp`];
  return {
    stun: `stun:127.0.0.1:${port}`,
    udp,
    tcp,
    tls,
    settings: (...ways) => ({
      Rooms__Turn__Secret: secret,
      Rooms__AdvertisedAddresses__0: '127.0.0.1',
      ...Object.fromEntries((ways.length > 0 ? ways : [udp, tcp, tls]).map((url, index) => [`Rooms__Turn__Urls__${index}`, url])),
    }),
    printed: () => text,
    stop,
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
