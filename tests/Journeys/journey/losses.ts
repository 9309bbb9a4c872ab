import type { Page } from 'playwright-core';
import type { Visitor } from './browser';

export interface Losses {
  /** Of all samples played. */
  concealed: number;
  /** Seconds of sound that was played. */
  seconds: number;
  frames: number;
  /** The longest time between two pictures, ms. */
  longestFreeze: number;
  /** Packets that came by repair. */
  repaired: number;
  packetsLost: number;
  /** Times that this side could not go on without a key frame. */
  keyFramesAsked: number;
}

/** From the next page on, this visitor's subscribing connection takes no repair of any kind: no request, no RTX, no redundancy. */
export async function withoutRepair(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript(() => {
    const plain = (sdp: string | undefined) => {
      const gone = [...(sdp ?? '').matchAll(/a=rtpmap:(\d+) (?:red|rtx|ulpfec|flexfec-03)\//g)].map((match) => match[1]!);
      return (sdp ?? '')
        .split('\r\n')
        .filter((line) => !/^a=rtcp-fb:\d+ nack$/.test(line) && !gone.some((type) => new RegExp(`^a=(rtpmap|fmtp|rtcp-fb):${type} `).test(line)))
        .map((line) => (line.startsWith('m=') ? line.split(' ').filter((word, at) => at < 3 || !gone.includes(word)).join(' ') : line))
        .join('\r\n');
    };
    const Own = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Own {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        Object.defineProperty(this, 'createOffer', {
          value: async (options?: RTCOfferOptions) => {
            const offer = await super.createOffer(options);
            return /a=recvonly/.test(offer.sdp ?? '') ? { type: offer.type, sdp: plain(offer.sdp) } : offer;
          },
        });
      }

      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        const isMine = /a=sendonly/.test(description.sdp ?? '');
        return super.setRemoteDescription(isMine ? { type: description.type, sdp: (description.sdp ?? '').replace(/a=rtcp-fb:\d+ nack\r\n/g, '') } : description);
      }
    };
  });
}

/** From the next page on, `lossesOf` can ask this visitor's connections. */
export async function keepConnections(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript(() => {
    const kept: RTCPeerConnection[] = [];
    (window as unknown as { __connections: RTCPeerConnection[] }).__connections = kept;
    const Own = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Own {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        kept.push(this);
      }
    } as typeof RTCPeerConnection;
  });
}

/** What is lost of the first remote person during so many seconds. */
export function lossesOf(page: Page, seconds: number): Promise<Losses> {
  return page.evaluate(async (duration) => {
    const connections = (window as unknown as { __connections: RTCPeerConnection[] }).__connections;
    // No named function in here: what the transpiler adds for its name does not exist on the page.
    const totals: Record<string, number>[] = [];
    let longest = 0;
    let last = performance.now();
    let watching = true;
    const video = document.querySelector<HTMLVideoElement>('.room-remote video')!;
    const watch = { next: () => {} };
    watch.next = () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      if (watching) video.requestVideoFrameCallback(watch.next);
    };
    video.requestVideoFrameCallback(watch.next);
    for (const wait of [0, duration]) {
      await new Promise((resolve) => setTimeout(resolve, wait * 1_000));
      const sum: Record<string, number> = { concealed: 0, silent: 0, samples: 0, frames: 0, repaired: 0, lost: 0, asked: 0 };
      for (const connection of connections) {
        if (connection.connectionState !== 'connected') continue;
        for (const report of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
          if (report.type !== 'inbound-rtp') continue;
          sum.lost! += Number(report.packetsLost ?? 0);
          sum.asked! += Number(report.pliCount ?? 0);
          sum.repaired! += Number(report.retransmittedPacketsReceived ?? 0);
          if (report.kind === 'audio') {
            sum.concealed! += Number(report.concealedSamples ?? 0) - Number(report.silentConcealedSamples ?? 0);
            sum.samples! += Number(report.totalSamplesReceived ?? 0);
          } else sum.frames! += Number(report.framesDecoded ?? 0);
        }
      }
      totals.push(sum);
    }
    watching = false;
    longest = Math.max(longest, performance.now() - last);
    const [from, to] = [totals[0]!, totals[1]!];
    const samples = to.samples! - from.samples!;
    return {
      concealed: samples > 0 ? (to.concealed! - from.concealed!) / samples : 1,
      seconds: samples / 48_000,
      frames: to.frames! - from.frames!,
      longestFreeze: longest,
      repaired: to.repaired! - from.repaired!,
      packetsLost: to.lost! - from.lost!,
      keyFramesAsked: to.asked! - from.asked!,
    };
  }, seconds);
}
