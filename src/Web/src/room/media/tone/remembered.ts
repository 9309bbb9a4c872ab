import { toneFaults, type ToneFault } from './hearing';
import { testSound } from './soundTest';

/** What the last tests of this browser found, by the Opus parameters that they were made with. */
export interface Memory {
  /** A new version of the browser is another browser. */
  browser: string;
  found: Record<string, ToneFault[]>;
}

const key = 'muse.soundTest';
/** Each room profile is one; what a server of another day asked for is forgotten. */
const most = 6;

/** What is known of this browser; nothing after an update of it, or when what is stored is not ours. */
export function recall(stored: string | null, browser: string): Memory {
  try {
    const memory = JSON.parse(stored ?? '') as Memory | null;
    if (memory?.browser === browser && typeof memory.found === 'object' && Object.values(memory.found).every(Array.isArray)) return memory;
  } catch {
    // As if there were nothing.
  }
  return { browser, found: {} };
}

export function remember(memory: Memory, parameters: string, faults: ToneFault[]): Memory {
  const others = Object.entries(memory.found).filter(([known]) => known !== parameters);
  return { browser: memory.browser, found: Object.fromEntries([...others.slice(1 - most), [parameters, faults]]) };
}

const running = new Map<string, Promise<ToneFault[] | null>>();

/** Whoever asks for the same test while it runs gets the same answer. Null when there was nothing to judge; that is not remembered. */
export function testAndRemember(parameters: string): Promise<ToneFault[] | null> {
  let test = running.get(parameters);
  if (!test) {
    test = run(parameters).finally(() => running.delete(parameters));
    running.set(parameters, test);
  }
  return test;
}

async function run(parameters: string): Promise<ToneFault[] | null> {
  const heard = await testSound(parameters);
  // For the browser journeys and for a look from the console.
  performance.mark('sound-test', { detail: heard });
  if (!heard) return null;
  const faults = toneFaults(heard);
  write(remember(read(), parameters, faults));
  return faults;
}

/** Undefined when this browser has not been tested with them. */
export function foundBefore(parameters: string): ToneFault[] | undefined {
  return read().found[parameters];
}

let memory: Memory | undefined;

function read(): Memory {
  memory ??= recall(stored(), navigator.userAgent);
  return memory;
}

function write(now: Memory): void {
  memory = now;
  try {
    localStorage.setItem(key, JSON.stringify(now));
  } catch {
    // Then this page alone remembers it.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
