import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OtherSite {
  origin: string;
  close(): void;
}

/** A site that is not Muse's, with an empty page. */
export async function openOtherSite(): Promise<OtherSite> {
  const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A school</title>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

export interface Stream {
  status: number;
  session: string | null;
  etag: string | null;
}

/** To be run in a page: publishes its camera and microphone by WHIP, or plays by WHEP, as the drafts' own examples do. */
export async function stream({ url, token, kind }: { url: string; token: string; kind: 'whip' | 'whep' }): Promise<Stream> {
  const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  if (kind === 'whip') {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of media.getTracks()) connection.addTransceiver(track, { direction: 'sendonly', streams: [media] });
  } else {
    const video = document.body.appendChild(document.createElement('video'));
    video.autoplay = true;
    video.srcObject = new MediaStream(['audio', 'video'].map((what) => connection.addTransceiver(what, { direction: 'recvonly' }).receiver.track));
  }
  await connection.setLocalDescription();
  const answer = await fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' }, body: connection.localDescription!.sdp });
  const sdp = await answer.text();
  if (answer.status === 201) await connection.setRemoteDescription({ type: 'answer', sdp });
  (window as unknown as Record<string, unknown>)[kind] = connection;
  return { status: answer.status, session: answer.headers.get('Location'), etag: answer.headers.get('ETag') };
}

/** To be run in a page that plays: frames decoded, and the energy of the sound. */
export async function played(): Promise<{ frames: number; energy: number }> {
  const seen = { frames: 0, energy: 0 };
  for (const line of (await (window as unknown as { whep: RTCPeerConnection }).whep.getStats()).values() as Iterable<{ type: string; kind?: string; framesDecoded?: number; totalAudioEnergy?: number }>) {
    if (line.type !== 'inbound-rtp') continue;
    if (line.kind === 'video') seen.frames = line.framesDecoded ?? 0;
    else seen.energy = line.totalAudioEnergy ?? 0;
  }
  return seen;
}
