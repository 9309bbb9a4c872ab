import { api, told } from '../../api/client';
import type { Answer, Begun, DeviceState, Line, Path, Report, TriedPath } from '../wire';
import { paths } from '../wire';
import { browserFamily } from './browserFamily';
import { checkDevices } from './checkDevices';
import { measureLine } from './line';
import { tryPath, type Way } from './paths';
import { TestRoom } from './testRoom';

/** From the first message to the server to the last figure. */
const networkWithinMs = 5_000;
/** A path that is not there by then would not be there for a lesson either. */
const pathWithinMs = 4_000;
/** How long a relay that is ready waits for the direct path, over which one would rather measure. */
const waitForBetterMs = 1_200;

/** What is seen while it runs. A path that is not set up on this server is `absent`. */
export interface Progress {
  paths: Partial<Record<Path, 'trying' | 'absent' | TriedPath['outcome']>>;
  line: 'waiting' | 'measuring' | 'done' | 'none';
  microphone: 'checking' | DeviceState;
  camera: 'checking' | DeviceState;
}

export const atFirst: Progress = { paths: {}, line: 'waiting', microphone: 'checking', camera: 'checking' };

export interface Finished {
  begun: Begun;
  report: Report;
  /** How long the network part took. */
  networkMs: number;
}

/** Network and devices at the same time: while the person reads the browser's question, the network is measured. */
export async function runPreflight(studentId: string | null, show: (change: (now: Progress) => Progress) => void): Promise<Finished> {
  const begun: Begun = await told(api.POST('/v1/preflights', { body: studentId ? { studentId } : {} }));
  const devices = checkDevices().then((checked) => {
    show((now) => ({ ...now, microphone: checked.microphone, camera: checked.camera }));
    return checked;
  });
  const began = performance.now();
  const network = begun.ticket && begun.signalUrl ? await measureNetwork(begun, show) : { paths: [], line: null };
  const networkMs = Math.round(performance.now() - began);
  performance.measure('preflight-network', { start: began, duration: networkMs });
  const { microphone, camera, sound } = await devices;
  return { begun, networkMs, report: { ...network, microphone, camera, sound, browser: browserFamily(navigator.userAgent) } };
}

export function storeResult({ begun, report }: Finished): Promise<Answer> {
  return told(api.POST('/v1/preflights/{id}/result', { params: { path: { id: begun.id } }, body: report }));
}

async function measureNetwork(begun: Begun, show: (change: (now: Progress) => Progress) => void): Promise<{ paths: TriedPath[]; line: Line | null }> {
  const until = performance.now() + networkWithinMs;
  const showPath = (path: Path, state: NonNullable<Progress['paths'][Path]>) => show((now) => ({ ...now, paths: { ...now.paths, [path]: state } }));
  for (const path of paths) showPath(path, begun.ways.some((way) => way.path === path) ? 'trying' : 'absent');

  let room: TestRoom;
  try {
    room = await TestRoom.open(begun.signalUrl!, begun.ticket!, pathWithinMs);
  } catch {
    // Without signalling nothing can be tried: a lesson would not begin here either.
    for (const { path } of begun.ways) showPath(path, 'failed');
    show((now) => ({ ...now, line: 'none' }));
    return { paths: begun.ways.map(({ path }) => ({ path, outcome: 'failed' as const })), line: null };
  }
  const ways = begun.ways.map(({ path, iceServers }) =>
    tryPath(room, path, iceServers, Math.min(pathWithinMs, until - performance.now() - 100)).then((way) => {
      showPath(path, way.tried.outcome);
      return way;
    }),
  );
  try {
    const best = await bestOf(ways);
    let line: Line | null = null;
    if (best) {
      show((now) => ({ ...now, line: 'measuring' }));
      line = await measureLine(room, best, until);
    }
    show((now) => ({ ...now, line: line ? 'done' : 'none' }));
    return { paths: (await Promise.all(ways)).map((way) => way.tried), line };
  } finally {
    for (const way of ways) void way.then(({ connection }) => connection.close());
    room.close();
  }
}

/** The best way that connects: the first of the list at once, a later one when those before it are out or have had their time. */
export async function bestOf(ways: Promise<Way>[], patienceMs = waitForBetterMs): Promise<Way | null> {
  const results = new Map<number, Way>();
  let patience = false;
  let wake = (): void => undefined;
  const choose = (): Way | null | undefined => {
    for (let i = 0; i < ways.length; i++) {
      const way = results.get(i);
      if (way?.tried.outcome === 'connected') return way;
      if (!way && !patience) return undefined;
    }
    return results.size === ways.length ? null : undefined;
  };
  ways.forEach((way, index) => void way.then((done) => {
    results.set(index, done);
    wake();
  }));
  const timer = setTimeout(() => {
    patience = true;
    wake();
  }, patienceMs);
  for (;;) {
    const chosen = choose();
    if (chosen !== undefined) {
      clearTimeout(timer);
      return chosen;
    }
    await new Promise<void>((resolve) => (wake = resolve));
  }
}
