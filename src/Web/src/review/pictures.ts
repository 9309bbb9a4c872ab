/** Where the browser does not say which picture it shows: of a rate that most cameras have. */
const usual = 1 / 30;

/** Seconds of a step while the next picture is looked for; and the most, after which the one that is there is the last. */
const feel = 1 / 60;
const most = 2;

/** What two clocks that mean the same may differ by. */
const slack = 0.001;

/** Milliseconds in which a place that was gone to shows its picture; where it is the same one the browser says nothing. */
const shownWithin = 250;

/** A video's pictures one by one: recordings have as many a second as the camera sent, and not always as many. */
export class Pictures {
  private readonly element: Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'cancelVideoFrameCallback'>;
  private asked = 0;
  private turning = false;
  /** When the one that is seen begins, by the video's own clock. */
  private since: number | null = null;
  private seen: (() => void) | null = null;

  constructor(element: Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'cancelVideoFrameCallback'>) {
    this.element = element;
    // Missing in some browsers, whatever the types say.
    if (typeof element.requestVideoFrameCallback === 'function') this.look();
  }

  private look() {
    this.asked = this.element.requestVideoFrameCallback((_, { mediaTime }) => {
      this.since = mediaTime;
      this.seen?.();
      this.look();
    });
  }

  release() {
    if (this.asked) this.element.cancelVideoFrameCallback(this.asked);
  }

  /** From a place to the next picture or the one before; a press while it is being looked for is passed over. */
  async turn(direction: 1 | -1, at: number, go: (at: number) => void): Promise<void> {
    if (!this.asked) return go(at + direction * usual);
    if (this.turning) return;
    this.turning = true;
    try {
      if (direction < 0) {
        // What is known may be of before a jump.
        const begins = this.since !== null && this.since <= at + slack && this.since > at - most ? this.since : at - usual;
        return await this.gone(() => go(Math.max(begins - feel / 2, 0)));
      }
      const isNext = (to: number) => this.since !== null && this.since > at + slack && this.since <= to + slack;
      for (let to = at + feel; to < at + most; to += feel) {
        await this.gone(() => go(to));
        if (isNext(to)) break;
      }
    } finally {
      this.turning = false;
    }
  }

  private gone(go: () => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, shownWithin);
      const pictures = this;
      function done() {
        clearTimeout(timer);
        pictures.seen = null;
        resolve();
      }
      this.seen = done;
      go();
    });
  }
}
