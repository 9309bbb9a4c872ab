import type { RoomClient } from './media/roomClient';

interface Figures {
  phase: string;
  remotes: { participantId: string; displayName: string; role: string }[];
  inbound: {
    kind: string;
    trackIdentifier: string;
    framesDecoded: number;
    audioLevel: number;
    packetsReceived: number;
    codec: string;
    fmtp: string;
  }[];
  outbound: { kind: string; rid: string; framesEncoded: number; packetsSent: number; codec: string; fmtp: string }[];
  connected: { publish: string; subscribe: string };
  ownOneWay: number | null;
}

declare global {
  interface Window {
    /** Read-only figures for the browser journeys and for a look from the console. */
    __muse?: { figures(): Promise<Figures> };
  }
}

export function exposeForJourneys(client: RoomClient): () => void {
  const mine = { figures: () => figuresOf(client) };
  window.__muse = mine;
  return () => {
    if (window.__muse === mine) delete window.__muse;
  };
}

type Stat = Record<string, unknown>;

async function figuresOf(client: RoomClient): Promise<Figures> {
  const { publish, subscribe } = client.connections();
  const { phase, remotes, stage } = client.getSnapshot();
  const received = await statsOf(subscribe);
  const sent = await statsOf(publish);
  return {
    phase,
    remotes: remotes.map(({ participantId, displayName, role }) => ({ participantId, displayName, role })),
    inbound: [...received.values()]
      .filter((stat) => stat.type === 'inbound-rtp')
      .map((stat) => ({
        kind: String(stat.kind),
        trackIdentifier: String(stat.trackIdentifier ?? ''),
        framesDecoded: Number(stat.framesDecoded ?? 0),
        audioLevel: Number(stat.audioLevel ?? 0),
        packetsReceived: Number(stat.packetsReceived ?? 0),
        ...codecOf(received, stat),
      })),
    outbound: [...sent.values()]
      .filter((stat) => stat.type === 'outbound-rtp')
      .map((stat) => ({
        kind: String(stat.kind),
        rid: String(stat.rid ?? ''),
        framesEncoded: Number(stat.framesEncoded ?? 0),
        packetsSent: Number(stat.packetsSent ?? 0),
        ...codecOf(sent, stat),
      })),
    connected: { publish: publish?.connectionState ?? 'none', subscribe: subscribe?.connectionState ?? 'none' },
    ownOneWay: stage.ownOneWay,
  };
}

async function statsOf(connection: RTCPeerConnection | undefined): Promise<Map<string, Stat>> {
  const found = new Map<string, Stat>();
  (await connection?.getStats())?.forEach((stat: Stat, id: string) => found.set(id, stat));
  return found;
}

function codecOf(stats: Map<string, Stat>, of: Stat): { codec: string; fmtp: string } {
  const codec = stats.get(String(of.codecId ?? ''));
  return { codec: String(codec?.mimeType ?? ''), fmtp: String(codec?.sdpFmtpLine ?? '') };
}
