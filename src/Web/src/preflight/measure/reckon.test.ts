import { describe, expect, it } from 'vitest';
import { lineBetween, sampleOf, type Stat } from './reckon';

function stats(seconds: number): { sent: Stat[]; received: Stat[] } {
  return {
    sent: [
      { type: 'transport', id: 'T', selectedCandidatePairId: 'P2' },
      { type: 'candidate-pair', id: 'P1', state: 'succeeded', nominated: false, responsesReceived: 4, totalRoundTripTime: 4, currentRoundTripTime: 1 },
      { type: 'candidate-pair', id: 'P2', state: 'succeeded', nominated: true, responsesReceived: 4, totalRoundTripTime: 0.8, currentRoundTripTime: 0.19 },
      { type: 'outbound-rtp', kind: 'audio', bytesSent: 25_000 * seconds, headerBytesSent: 0 },
      { type: 'outbound-rtp', kind: 'video', bytesSent: 225_000 * seconds, headerBytesSent: 0 },
      { type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.1 },
    ],
    received: [
      { type: 'inbound-rtp', kind: 'audio', bytesReceived: 25_000 * seconds, packetsReceived: 50 * seconds, packetsLost: 0, jitter: 0.012 },
      { type: 'inbound-rtp', kind: 'video', bytesReceived: 200_000 * seconds, packetsReceived: 145 * seconds, packetsLost: 5 * seconds, jitter: 0.5 },
    ],
  };
}

const at = (seconds: number) => sampleOf(seconds * 1000, stats(seconds).sent, stats(seconds).received);

describe('The line between two looks at the statistics', () => {
  it('takes rates from both, what the server missed off the way up, and the round trip of the pair in use', () => {
    expect(lineBetween(at(1), at(3))).toEqual({ roundTripMilliseconds: 200, lossPercent: 2.5, jitterMilliseconds: 12, upKbps: 1800, downKbps: 1800 });
  });

  it('is unknown when hardly anything came back', () => {
    const nothing = sampleOf(3_000, stats(3).sent, []);
    expect(lineBetween(sampleOf(1_000, stats(1).sent, []), nothing)).toBeNull();
  });

  it('is unknown over less than half a second', () => {
    expect(lineBetween(at(1), { ...at(3), atMs: 1_400 })).toBeNull();
  });

  it('stays within what the server takes, whatever a browser says', () => {
    const wild = { ...at(3), roundTripSeconds: 1e9, jitterSeconds: 1e9, bytesSent: 1e15, bytesReceived: 1e15, lostOnTheWayUp: 0 };
    expect(lineBetween(at(1), wild)).toMatchObject({ roundTripMilliseconds: 60_000, jitterMilliseconds: 10_000, upKbps: 1_000_000, downKbps: 1_000_000 });
  });

  it('counts packets that came after all as not lost', () => {
    expect(lineBetween({ ...at(1), packetsLost: 40 }, at(3))?.lossPercent).toBe(0);
  });
});
