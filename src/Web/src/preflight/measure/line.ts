import type { Line } from '../wire';
import { configuration, type Way } from './paths';
import { lineBetween, sampleOf, type Sample, type Stat } from './reckon';
import { startSource } from './source';
import type { TestRoom } from './testRoom';

/** The first moment is the encoder's and the buffer's, not the line's. */
const warmUpMs = 400;
const measureMs = 2_000;
const lookEveryMs = 50;

/** Sends a picture and a sound over the way, receives both back from the server, and looks at the line for about two seconds. */
export async function measureLine(room: TestRoom, way: Way, untilMs: number): Promise<Line | null> {
  const source = startSource();
  const receive = new RTCPeerConnection(configuration(way.tried.path, way.iceServers));
  try {
    const lines = way.tracks.map((track) => ({ track, transceiver: receive.addTransceiver(track.kind, { direction: 'recvonly' }) }));
    await Promise.all([
      way.audio.replaceTrack(source.audio),
      way.video.replaceTrack(source.video),
      room.negotiate(way.tried.path, 'subscribe', receive, () =>
        Object.fromEntries(lines.flatMap(({ track, transceiver }) => (transceiver.mid ? [[transceiver.mid, track.trackId]] : []))),
      ),
    ]);
    const look = async (): Promise<Sample> => sampleOf(performance.now(), await statsOf(way.connection), await statsOf(receive));
    let first = await look();
    // Until both come back; the sound alone will do when the picture does not.
    while (first.packetsReceived === 0 && performance.now() < untilMs) {
      await pause(lookEveryMs);
      first = await look();
    }
    if (first.packetsReceived === 0) return null;
    await pause(Math.min(warmUpMs, untilMs - performance.now()));
    first = await look();
    await pause(Math.min(measureMs, untilMs - performance.now()));
    return lineBetween(first, await look());
  } catch {
    return null;
  } finally {
    source.stop();
    receive.close();
  }
}

async function statsOf(connection: RTCPeerConnection): Promise<Stat[]> {
  const found: Stat[] = [];
  (await connection.getStats()).forEach((stat: Stat) => found.push(stat));
  return found;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
