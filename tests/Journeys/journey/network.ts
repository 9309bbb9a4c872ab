import { spawn } from 'node:child_process';
import type { Page } from 'playwright-core';
import type { Visitor } from './browser';
import { imitationsProgram } from './imitations';

/** What one direction of a path does; members of tests/Imitations/Network/PathConditions.cs. */
export interface PathConditions {
  loss?: number;
  burstLength?: number;
  delayMilliseconds?: number;
  jitterMilliseconds?: number;
  reorder?: number;
  reorderMilliseconds?: number;
  duplicate?: number;
  bitsPerSecond?: number;
  queueMilliseconds?: number;
  isDown?: boolean;
}

export interface Relay {
  port: number;
  /** Both directions, or each its own. */
  set(toServer: PathConditions, toClient?: PathConditions): Promise<void>;
  /** Every client gets another address towards the server, as from a NAT that forgot its mappings. */
  rebind(): Promise<void>;
  counts(): Promise<{ toServerIn: number; toServerOut: number; toClientIn: number; toClientOut: number }>;
}

export interface Network {
  /** A path of its own to the media port. */
  relay(mediaPort: number, seed?: number): Promise<Relay>;
  stop(): void;
}

/** The imitated network as a process of its own. */
export async function startNetwork(): Promise<Network> {
  const child = spawn('dotnet', [imitationsProgram(), 'network'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const control = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the imitated network ended with code ${code}`)));
  });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${control}/relays${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    async relay(mediaPort, seed = 1) {
      const { port } = (await ask('POST', '', { server: `127.0.0.1:${mediaPort}`, port: 0, seed })) as { port: number };
      return {
        port,
        set: async (toServer, toClient = toServer) => { await ask('PUT', `/${port}`, { toServer, toClient }); },
        rebind: async () => { await ask('POST', `/${port}/rebind`); },
        counts: async () => (await ask('GET', `/${port}`)) as Awaited<ReturnType<Relay['counts']>>,
      };
    },
    stop: () => child.kill('SIGTERM'),
  };
}

/** From the next page on, this visitor's connections know the server by the relay's address only. The page's own program is left as it is. */
export async function through(visitor: Visitor, relay: Relay): Promise<void> {
  await visitor.context.addInitScript((port) => {
    const page = window as unknown as { __relay: number };
    page.__relay = port;
    const Own = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Own {
      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        let first = true;
        const sdp = (description.sdp ?? '').replace(/a=candidate:.*\r\n/g, () => {
          const line = first ? `a=candidate:1 1 udp 2130706431 127.0.0.1 ${page.__relay} typ host\r\n` : '';
          first = false;
          return line;
        });
        return super.setRemoteDescription({ type: description.type, sdp });
      }
    };
  }, relay.port);
}

/** The answers of this page name another relay from now on: another way through the internet, taken by whoever negotiates anew. */
export async function reroute(visitor: Visitor, relay: Relay): Promise<void> {
  await visitor.page.evaluate((port) => {
    (window as unknown as { __relay: number }).__relay = port;
  }, relay.port);
}

/** From the next page on, `restartsOf` tells when this page restarted ICE, and how many connections it has ever made. */
export async function watchRestarts(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript(() => {
    const seen = { restarts: [] as number[], connections: 0 };
    (window as unknown as { __restarts: typeof seen }).__restarts = seen;
    const Own = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Own {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        seen.connections++;
      }

      override restartIce(): void {
        seen.restarts.push(performance.now());
        super.restartIce();
      }
    } as typeof RTCPeerConnection;
  });
}

export function restartsOf(page: Page): Promise<{ restarts: number[]; connections: number }> {
  return page.evaluate(() => (window as unknown as { __restarts: { restarts: number[]; connections: number } }).__restarts);
}

/** From the next page on, a network that lets no UDP through. */
export async function withoutUdp(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript(() => {
    const Own = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Own {
      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        return super.setRemoteDescription({ type: description.type, sdp: (description.sdp ?? '').replace(/a=candidate:\S+ \d+ udp .*\r\n/g, '') });
      }
    };
  });
}

export interface Gap {
  /** The longest time between two arrivals, ms. */
  longest: number;
  /** When it began and ended, by this page's clock. */
  from: number;
  to: number;
  /** How late this page's worst look was, ms: so much of the gap may be the machine's. */
  lag: number;
}

/** The longest time between two arrivals of sound or picture at this page until the returned function is called. */
export async function watchGaps(page: Page): Promise<() => Promise<Gap>> {
  await page.evaluate(() => {
    const state = { from: 0, to: 0, at: performance.now(), packets: -1, lag: 0, stop: false };
    (window as unknown as { __gaps: typeof state }).__gaps = state;
    const muse = (window as unknown as { __muse: { figures(): Promise<{ inbound: { kind: string; packetsReceived: number }[] }> } }).__muse;
    void (async () => {
      while (!state.stop) {
        const looked = performance.now();
        const { inbound } = await muse.figures();
        const packets = inbound.reduce((sum, line) => sum + line.packetsReceived, 0);
        const now = performance.now();
        if (packets !== state.packets) {
          if (state.packets >= 0 && now - state.at > state.to - state.from) [state.from, state.to] = [state.at, now];
          state.packets = packets;
          state.at = now;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
        state.lag = Math.max(state.lag, performance.now() - looked - 10);
      }
    })();
  });
  return () =>
    page.evaluate(() => {
      const state = (window as unknown as { __gaps: { from: number; to: number; at: number; lag: number; stop: boolean } }).__gaps;
      state.stop = true;
      if (performance.now() - state.at > state.to - state.from) [state.from, state.to] = [state.at, performance.now()];
      return { longest: state.to - state.from, from: state.from, to: state.to, lag: state.lag };
    });
}
