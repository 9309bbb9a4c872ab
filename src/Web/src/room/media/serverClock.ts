const kept = 8;

/**
 * The server's clock as this page knows it, from pings over the timing channel. Of the last few the quickest counts: what is above it
 * was waiting somewhere, and waiting makes the two ways unequal. Times are microseconds, each of its own clock.
 */
export class ServerClock {
  private readonly samples: { offset: number; roundTrip: number }[] = [];

  /** A ping went at `sent`, came to the server at `received`, was answered at `answered`, and the answer came at `back`. */
  hear(sent: number, received: number, answered: number, back: number): boolean {
    const roundTrip = back - sent - (answered - received);
    if (!(roundTrip >= 0) || answered < received) return false;
    this.samples.push({ offset: (received - sent + (answered - back)) / 2, roundTrip });
    if (this.samples.length > kept) this.samples.shift();
    return true;
  }

  /** Milliseconds from here to the server, as half of the way there and back; null while unknown. */
  get oneWayMs(): number | null {
    const best = this.best();
    return best && best.roundTrip / 2_000;
  }

  /** The server's clock at a moment of this page's; null while unknown. */
  at(here: number): number | null {
    const best = this.best();
    return best && here + best.offset;
  }

  private best(): { offset: number; roundTrip: number } | null {
    return this.samples.reduce<{ offset: number; roundTrip: number } | null>(
      (least, sample) => (least && least.roundTrip <= sample.roundTrip ? least : sample),
      null,
    );
  }
}
