/** Bytes that come no more for so long mean a dead path: with the time between two looks, noticed within half a second. Chromium itself says so
 * after more than five. */
export const stillMs = 400;
/** A path that has never had so steady a flow is not missed: muted people and silent rooms send little. */
const steadyMs = 1_500;
/** How often it is looked at. */
export const lookMs = 100;
const firstPauseMs = 2_000;
const longestPauseMs = 16_000;

/**
 * Says when a connection's path looks dead, from the bytes it has received: they came steadily and then stopped. Whoever stops sending on
 * purpose costs one needless restart, which nobody hears; while nothing comes it is tried again after ever longer pauses.
 */
export class Watchdog {
  private bytes = -1;
  private movedAt = 0;
  private steadySince: number | null = null;
  private pauseMs = firstPauseMs;
  private triedAt: number | null = null;

  /** True when ICE should be restarted now. `now` in milliseconds, of any steady clock; `bytes` all that came so far. */
  see(now: number, bytes: number): boolean {
    const still = now - this.movedAt;
    if (bytes !== this.bytes) {
      if (this.bytes < 0 || still >= stillMs || this.steadySince === null) this.steadySince = now;
      this.bytes = bytes;
      this.movedAt = now;
      if (this.triedAt !== null && now - this.steadySince >= steadyMs) {
        this.triedAt = null;
        this.pauseMs = firstPauseMs;
      }
      return false;
    }
    if (this.bytes < 0 || still < stillMs) return false;
    if (this.triedAt === null) {
      if (this.steadySince === null || this.movedAt - this.steadySince < steadyMs) return false;
    } else {
      if (now - this.triedAt < this.pauseMs) return false;
      this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
    }
    this.triedAt = now;
    return true;
  }
}

/** All that came over the connection so far; null while it has no transport. One line is asked for, since all share the transport. */
export async function bytesReceived(connection: RTCPeerConnection): Promise<number | null> {
  const line = connection.getTransceivers().find((each) => each.mid !== null);
  if (!line) return null;
  const stats = await (line.sender.track ? line.sender : line.receiver).getStats();
  let bytes: number | null = null;
  stats.forEach((stat: { type: string; bytesReceived?: number }) => {
    if (stat.type === 'transport') bytes = (bytes ?? 0) + (stat.bytesReceived ?? 0);
  });
  return bytes;
}
