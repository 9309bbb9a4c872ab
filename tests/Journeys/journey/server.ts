import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { home, serverProgram } from './built';

export interface MuseServer {
  origin: string;
  mediaPort: number;
  /** What it has printed so far. */
  printed(): string;
  /** Ends it as Ctrl-C does, or without a word, and starts it again on the same ports with the same data; `between` runs while nothing is there. */
  restart(between?: () => Promise<void>, how?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Stops it as Ctrl-C does and removes its data. */
  stop(): Promise<void>;
}

const startsWithinMs = 180_000;
const stopsWithinMs = 30_000;

/** A server of its own with an empty database, as `./muse up` starts it, on free ports and with its data in a temporary folder.
 *  @param port of HTTP, where somebody has to know it before the server starts. */
export async function startServer(settings: Record<string, string> = {}, port?: number): Promise<MuseServer> {
  const data = mkdtempSync(path.join(tmpdir(), 'muse-journey-'));
  // The embedded database's own user has to get through the folder.
  chmodSync(data, 0o711);
  const [httpPort, mediaPort] = [port ?? (await freeTcpPort()), await freeUdpPort()];
  const origin = `http://localhost:${httpPort}`;
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-200_000);
  };
  const begin = () => {
    const begun = spawn('dotnet', [serverProgram()], {
      cwd: path.join(home, 'src/Api'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MUSE_HTTP_PORT: String(httpPort),
        MUSE_MEDIA_PORT: String(mediaPort),
        MUSE_DATA: path.join(data, 'data'),
        ASPNETCORE_CONTENTROOT: path.join(home, 'src/Api'),
        ASPNETCORE_ENVIRONMENT: 'Production',
        ...settings,
      },
    });
    begun.stdout.on('data', keep);
    begun.stderr.on('data', keep);
    return begun;
  };
  let child = begin();
  const restart = async (between?: () => Promise<void>, how: 'SIGINT' | 'SIGKILL' = 'SIGINT') => {
    await end(child, how);
    await between?.();
    child = begin();
    await untilHealthy(origin, child, () => text);
  };
  const stop = async () => {
    await end(child);
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilHealthy(origin, child, () => text);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, mediaPort, printed: () => text, restart, stop };
}

async function untilHealthy(origin: string, child: ChildProcess, printed: () => string): Promise<void> {
  const until = Date.now() + startsWithinMs;
  let last = 'no answer';
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}:\n${printed()}`);
    try {
      const answer = await fetch(`${origin}/v1/health`);
      if (answer.ok) return;
      last = `${answer.status} ${await answer.text()}`;
    } catch {
      // Not listening yet.
    }
    await pause(250);
  }
  throw new Error(`the server is not healthy after ${startsWithinMs / 1000} s: ${last}\n${printed()}`);
}

async function end(child: ChildProcess, how: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(how);
  const inTime = await Promise.race([ended.then(() => true), pause(stopsWithinMs, false, { ref: false })]);
  if (!inTime) {
    child.kill('SIGKILL');
    await ended;
  }
}

export function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createSocket('udp4').once('error', reject);
    probe.bind(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
