import type { Phase } from './roomClient';

/** How long a person waits for sound and picture before another way is offered. */
export const offerAfterMs = 20_000;
/** A room that connects for a moment between two attempts has not connected. */
const steadyForMs = 3_000;
/** Packets come fifty times a second; none for so long is none. */
const quietForMs = 3_000;

/** What is known of the media at one moment. */
export interface Health {
  phase: Phase;
  /** Has this person a microphone or a camera to send? */
  publishes: boolean;
  publish: RTCPeerConnectionState | undefined;
  /** Tracks of the others that should arrive. */
  expected: number;
  subscribe: RTCPeerConnectionState | undefined;
  /** Packets so far; begins anew with a new connection. */
  received: number;
}

/**
 * Watches whether the room works for this person: what they send gets out, and what somebody who is there sends arrives. Attempts to connect
 * anew do not begin the time anew.
 */
export class StuckWatch {
  private stuckSince: number | null = null;
  private wellSince: number | null = null;
  private received = 0;
  private lastArrival = Number.NEGATIVE_INFINITY;

  /** True while another way should be offered. `now` in milliseconds, of any steady clock. */
  see(now: number, health: Health): boolean {
    if (health.received !== this.received && health.received > 0) this.lastArrival = now;
    this.received = health.received;
    if (this.isWell(now, health)) {
      this.wellSince ??= now;
      if (now - this.wellSince >= steadyForMs) this.stuckSince = null;
    } else {
      this.wellSince = null;
      this.stuckSince ??= now;
    }
    return this.stuckSince !== null && now - this.stuckSince >= offerAfterMs;
  }

  private isWell(now: number, health: Health): boolean {
    if (health.phase !== 'inside') return false;
    if (health.publishes && health.publish !== 'connected') return false;
    return health.expected === 0 || (health.subscribe === 'connected' && now - this.lastArrival < quietForMs);
  }
}
