/** Nothing heard for so long: ask whether somebody is there. */
export const quietMs = 10_000;
/** And no answer for so long after that: nobody is. */
export const answerMs = 5_000;

export type Beat = 'fine' | 'ask' | 'dead';

/**
 * Whether the other end of a socket is there. A browser cannot ping a WebSocket and notices a dead one after minutes, so the room asks in
 * messages of its own. `now` in milliseconds, of any steady clock.
 */
export class Heartbeat {
  private heardAt: number;
  private askedAt: number | null = null;

  constructor(now: number) {
    this.heardAt = now;
  }

  heard(now: number): void {
    this.heardAt = now;
    this.askedAt = null;
  }

  /** Look now; `doubtful` asks at once. The clock may have stood still with the tab, so a long silence alone is no death. */
  look(now: number, doubtful = false): Beat {
    if (this.askedAt === null) {
      if (!doubtful && now - this.heardAt < quietMs) return 'fine';
      this.askedAt = now;
      return 'ask';
    }
    return now - this.askedAt >= answerMs ? 'dead' : 'fine';
  }
}
