import type { Page } from 'playwright-core';
import type { Visitor } from './browser';

/** How the browser's own connections came about. */
export interface Route {
  /** Of the local candidate of the pair in use: `relay` when everything goes through TURN. */
  type: string;
  /** Between browser and relay: `udp`, `tcp` or `tls`. */
  relayProtocol: string;
  bytesSent: number;
  bytesReceived: number;
}

/**
 * From the next page on, this visitor's connections use nothing but the relay, and of its addresses only `url`: a network that lets nothing
 * else through. The page's own program is left as it is.
 */
export async function onlyThrough(visitor: Visitor, url: string): Promise<void> {
  await visitor.context.addInitScript((only) => {
    const Own = window.RTCPeerConnection;
    const made: RTCPeerConnection[] = [];
    (window as unknown as { __connections: RTCPeerConnection[] }).__connections = made;
    window.RTCPeerConnection = class extends Own {
      constructor(configuration: RTCConfiguration = {}) {
        const iceServers = (configuration.iceServers ?? [])
          .filter((server) => [server.urls].flat().includes(only))
          .map((server) => ({ ...server, urls: [only] }));
        super({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
        made.push(this);
      }
    };
  }, url);
}

/** The pairs in use, one for each connection that is up. */
export function routes(page: Page): Promise<Route[]> {
  return page.evaluate(async () => {
    const found: Route[] = [];
    for (const connection of (window as unknown as { __connections: RTCPeerConnection[] }).__connections) {
      if (connection.connectionState !== 'connected') continue;
      const stats = await connection.getStats();
      for (const line of stats.values() as Iterable<Record<string, unknown>>) {
        if (line.type !== 'transport' || !line.selectedCandidatePairId) continue;
        const pair = stats.get(line.selectedCandidatePairId as string) as Record<string, unknown>;
        const local = stats.get(pair.localCandidateId as string) as Record<string, unknown>;
        found.push({
          type: String(local.candidateType),
          relayProtocol: String(local.relayProtocol),
          bytesSent: Number(pair.bytesSent),
          bytesReceived: Number(pair.bytesReceived),
        });
      }
    }
    return found;
  });
}
