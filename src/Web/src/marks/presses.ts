import { Problem } from '../api/problem';
import { BackOff } from '../room/media/backOff';

interface Pace {
  wait(failures: number): Promise<void>;
  hurry(): void;
}

/**
 * A press counts from when it was made, however long the line was away: it is sent until the server has it or will not have it. Each has an id of its
 * own, so that one that arrived without an answer is not made twice. What has not arrived when the page is closed is lost.
 */
export class Presses<Kept> {
  private readonly send: (id: string, ago: number) => Promise<Kept>;
  private readonly newId: () => string;
  private readonly now: () => number;
  private readonly newPace: () => Pace;
  private readonly waiting = new Set<Pace>();

  constructor(send: (id: string, ago: number) => Promise<Kept>, newId: () => string, now = () => performance.now(), newPace: () => Pace = () => new BackOff()) {
    this.send = send;
    this.newId = newId;
    this.now = now;
    this.newPace = newPace;
  }

  /** Settles when the server has it, or has refused it. */
  async press(): Promise<Kept> {
    const id = this.newId();
    const pressed = this.now();
    const pace = this.newPace();
    for (let failures = 0; ; failures++) {
      try {
        return await this.send(id, Math.round(this.now() - pressed));
      } catch (error) {
        if (!mayPass(error)) throw error;
        this.waiting.add(pace);
        await pace.wait(failures);
        this.waiting.delete(pace);
      }
    }
  }

  /** The line is back. */
  hurry(): void {
    for (const pace of this.waiting) pace.hurry();
  }
}

/** No answer, too many at once, or trouble of the server's own: the same request may do later. */
function mayPass(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
}
