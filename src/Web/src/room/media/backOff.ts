const firstWaitMs = 1_000;
const longestWaitMs = 15_000;

/** The longest wait after that many failures; the real one is between half of it and all of it, so that a class does not come back at once. */
export function longestWait(failures: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** failures);
}

/** Waits between attempts, and cuts the wait short when there is reason to hope. */
export class BackOff {
  private wake: (() => void) | undefined;

  wait(failures: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.hurry(), longestWait(failures) * (0.5 + Math.random() / 2));
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }

  hurry(): void {
    this.wake?.();
  }
}
