/** A timer that comes this much later than asked for slept with the machine or the tab. */
const lookMs = 2_000;
const sleptMs = 10_000;

/** Tells when the tab may have slept, or the network has come back: what was known of the connection before may no longer be so. */
export function onWaking(woke: () => void): () => void {
  let before = Date.now();
  const look = () => {
    const now = Date.now();
    if (now - before > sleptMs) woke();
    before = now;
  };
  const timer = setInterval(look, lookMs);
  const visible = () => {
    if (document.visibilityState === 'visible') woke();
  };
  document.addEventListener('visibilitychange', visible);
  window.addEventListener('online', woke);
  // A page that comes out of the back/forward cache.
  window.addEventListener('pageshow', woke);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', visible);
    window.removeEventListener('online', woke);
    window.removeEventListener('pageshow', woke);
  };
}
