import { useEffect, useState } from 'react';
import { nextTick, timeLeft, type Left } from './countdown';

let skew = 0;

/** Learns from an answer's `Date` header how far this machine's clock is off; a tablet may be minutes wrong. */
export function learnServerTime(dateHeader: string | null, receivedAt: number): void {
  const server = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(server)) return;
  const difference = server + 500 - receivedAt;
  // The header has whole seconds: smaller differences are rounding.
  skew = Math.abs(difference) < 2000 ? 0 : difference;
}

/** Now, by the server's clock, in milliseconds. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** Re-renders whenever the time left reads differently. */
export function useTimeLeft(until: string): Left {
  const [left, setLeft] = useState(() => timeLeft(until, serverNow()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const now = timeLeft(until, serverNow());
      setLeft(now);
      timer = setTimeout(tick, nextTick(now));
    };
    tick();
    return () => clearTimeout(timer);
  }, [until]);
  return left;
}
