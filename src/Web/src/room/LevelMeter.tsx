import { useEffect, useRef } from 'react';
import { Level } from './media/levels';

const spokenEveryMs = 1_000;
const calmEveryMs = 250;

/** How loud a track is. Drawn outside of React: sixty renders a second would cost more than the sound. */
export function LevelMeter({ track, label }: { track: MediaStreamTrack | null; label: string }) {
  const bar = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    element.style.setProperty('--level', '0');
    if (!track) return;
    const level = new Level(track);
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    let frame = 0;
    let drawn = 0;
    let spoken = 0;
    let shown = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      if (calm && now - drawn < calmEveryMs) return;
      drawn = now;
      // Up at once, down slowly: a struck note stays readable.
      shown = Math.max(level.read(), shown - (calm ? 0.1 : 0.02));
      element.style.setProperty('--level', shown.toFixed(3));
      if (now - spoken > spokenEveryMs) {
        spoken = now;
        element.setAttribute('aria-valuenow', String(Math.round(shown * 100)));
      }
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      level.close();
    };
  }, [track]);

  return <div ref={bar} className="room-meter" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0} />;
}
