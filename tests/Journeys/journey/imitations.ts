import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programOf } from './built';

export interface Imitations {
  /** Muse's settings, as environment variables, with which it takes them for Zoom, Google and Jitsi. */
  settings: Record<string, string>;
  /** The page on which a person sees what each holds, and lets things happen there. */
  page: string;
  stop(): void;
}

/** The built program of tests/Imitations. */
export function imitationsProgram(): string {
  return programOf('tests/Imitations', 'Muse.Imitations');
}

/** The imitated providers as a process of their own.
 *  @param muse where their webhooks go; nowhere unless the server's port is known before it starts. */
export async function startImitations(muse = 'http://127.0.0.1:9'): Promise<Imitations> {
  const program = imitationsProgram();
  const folder = mkdtempSync(path.join(tmpdir(), 'muse-imitations-'));
  const file = path.join(folder, 'settings');
  const port = await freePorts();
  const child = spawn('dotnet', [program], {
    stdio: 'ignore',
    env: { ...process.env, MUSE_IMITATIONS_PORT: String(port), MUSE_IMITATIONS_FOR: muse, MUSE_IMITATIONS_SETTINGS: file },
  });
  try {
    for (let wait = 0; !existsSync(file); wait++) {
      if (child.exitCode !== null || wait > 600) throw new Error('the imitations did not start');
      await pause(100);
    }
    const settings = Object.fromEntries([...readFileSync(file, 'utf8').matchAll(/^export (\w+)='((?:[^']|'\\'')*)'$/gm)].map(([, name, value]) => [name!, value!.replaceAll("'\\''", "'")]));
    return { settings, page: `http://127.0.0.1:${port}`, stop: () => child.kill('SIGTERM') };
  } catch (error) {
    child.kill('SIGTERM');
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first of six ports in a row that were free a moment ago. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all(Array.from({ length: 6 }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
