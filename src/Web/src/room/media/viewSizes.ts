/** Sizes that differ by less are the same: a picture that is dragged larger must not flood the socket. */
const stepLines = 32;
const settleMs = 300;

/** How large each person's picture is on this screen, told to the server so that it sends no more than can be seen. */
export class ViewSizes {
  private readonly heights = new Map<string, number>();
  private readonly tracks = new Map<string, string>();
  private readonly told = new Map<string, number>();
  private readonly send: (trackId: string, height: number) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (trackId: string, height: number) => void) {
    this.send = send;
  }

  /** Lines of the screen (device pixels); 0 = not shown. */
  show(participantId: string, height: number): void {
    const lines = height <= 0 ? 0 : Math.min(4_320, Math.ceil(height / stepLines) * stepLines);
    if (this.heights.get(participantId) === lines) return;
    this.heights.set(participantId, lines);
    this.settle();
  }

  attached(participantId: string, trackId: string): void {
    this.tracks.set(participantId, trackId);
    this.settle();
  }

  detached(trackId: string): void {
    this.told.delete(trackId);
    for (const [participantId, track] of this.tracks) if (track === trackId) this.tracks.delete(participantId);
  }

  /** The server knows nothing any more. */
  reset(): void {
    this.tracks.clear();
    this.told.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private settle(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const [participantId, trackId] of this.tracks) {
        const height = this.heights.get(participantId);
        if (height === undefined || this.told.get(trackId) === height) continue;
        this.told.set(trackId, height);
        this.send(trackId, height);
      }
    }, settleMs);
  }
}
