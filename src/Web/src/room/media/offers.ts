import type { ConnectionKind } from './protocol';

const answerWithinMs = 10_000;

interface Waiting {
  connection: ConnectionKind;
  resolve: (sdp: string) => void;
  reject: (why: Error) => void;
}

/** The offers that wait for their answers. */
export class Offers {
  private next = 0;
  private readonly waiting = new Map<number, Waiting>();

  /** `send` gets the offer's number. Rejects when no answer comes. */
  make(connection: ConnectionKind, send: (id: number) => void): Promise<string> {
    const id = ++this.next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.refuse(id, new Error('no answer')), answerWithinMs);
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(id);
      };
      this.waiting.set(id, {
        connection,
        resolve: (sdp) => {
          done();
          resolve(sdp);
        },
        reject: (why) => {
          done();
          reject(why);
        },
      });
      send(id);
    });
  }

  answer(id: number, sdp: string): void {
    this.waiting.get(id)?.resolve(sdp);
  }

  refuse(id: number, why: Error): void {
    this.waiting.get(id)?.reject(why);
  }

  /** Gives all up; says of which connections they were. */
  giveUp(why: string): Set<ConnectionKind> {
    const of = new Set<ConnectionKind>();
    for (const offer of [...this.waiting.values()]) {
      of.add(offer.connection);
      offer.reject(new Error(why));
    }
    return of;
  }
}
