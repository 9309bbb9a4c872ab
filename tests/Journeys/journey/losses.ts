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
  /** How late this page's worst timer was, ms, and the share of the time in which one was more than 50 ms late. */
  lag: number;
  late: number;
}

const mostLag = 300;
// On a machine of its own a page has no timer 50 ms late. With compilers beside it, 1 and 2 % of the time were late in two windows and 0.9 and 1.8 %
// of the sound was made up, of which nothing was left a quarter of an hour later: a page that gets no time cannot play either.
const mostLate = 0.005;

/** The machine let the page wait: what it saw says nothing about the server. No fault of the server can make a page's timers late. */
export const isBusy = (seen: Losses) => seen.lag > mostLag || seen.late > mostLate;

/**
 * So many windows of so many seconds. One that does not hold while the machine was busy is told and measured again, nothing else is. Null when
 * there were fewer than `count` among `most`.
 */
export async function windowsOf(
  page: Page, sender: Page, count: number, seconds: number, holds: (seen: Losses) => boolean, most = count * 3,
): Promise<Losses[] | null> {
  const windows: Losses[] = [];
  for (let tried = 0; windows.length < count && tried < most; tried++) {
    const [seen, sent] = await Promise.all([lossesOf(page, seconds), sendingOf(sender, seconds)]);
    const counts = holds(seen) || !isBusy(seen);
    console.log(counts ? 'counts' : 'too busy', seen, 'sent', sent);
    if (counts) windows.push(seen);
  }
  return windows.length < count ? null : windows;
}

/** What this side's encoder made meanwhile: whether a picture that stood still had been sent at all, and what it was allowed to cost. */
function sendingOf(page: Page, seconds: number): Promise<{ longestPause: number; leastTarget: number; keyFrames: number; asked: number }> {
  return page.evaluate(async (duration) => {
    const connections = (window as unknown as { __connections: RTCPeerConnection[] }).__connections;
    const seen = { longestPause: 0, leastTarget: Infinity, keyFrames: 0, asked: 0 };
    const began = performance.now();
    let [first, frames, since]: [Record<string, number> | undefined, number, number] = [undefined, -1, began];
    while (performance.now() - began < duration * 1_000) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = { frames: 0, keys: 0, asked: 0, target: 0 };
      for (const connection of connections) {
        if (connection.connectionState !== 'connected') continue;
        for (const report of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
          if (report.type !== 'outbound-rtp' || report.kind !== 'video') continue;
          now.frames += Number(report.framesEncoded ?? 0);
          now.keys += Number(report.keyFramesEncoded ?? 0);
          now.asked += Number(report.pliCount ?? 0);
          now.target += Number(report.targetBitrate ?? 0);
        }
      }
      first ??= now;
      const at = performance.now();
      if (now.frames !== frames) [frames, since] = [now.frames, at];
      seen.longestPause = Math.max(seen.longestPause, at - since);
      seen.leastTarget = Math.min(seen.leastTarget, now.target);
      [seen.keyFrames, seen.asked] = [now.keys - first.keys!, now.asked - first.asked!];
    }
    return seen;
  }, seconds);
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
    let lag = 0;
    let late = 0;
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
      for (const end = performance.now() + wait * 1_000; performance.now() < end; ) {
        const began = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const waited = performance.now() - began - 20;
        lag = Math.max(lag, waited);
        if (waited > 50) late += waited;
      }
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
      lag,
      late: late / (duration * 1_000),
    };
  }, seconds);
}
