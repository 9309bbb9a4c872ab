import type { Wall } from './wall';

/** A still clock: hands for the time, the face light by day and dark by night. The words beside it say the same. */
export function ClockFace({ wall }: { wall: Wall }) {
  const minute = wall.minuteOfDay % 60;
  const hour = wall.minuteOfDay / 60;
  const night = hour < 6 || hour >= 20;
  return (
    <svg className={night ? 'clock night' : 'clock'} viewBox="-50 -50 100 100" aria-hidden="true">
      <circle r="47" className="clock-face" />
      {[0, 90, 180, 270].map((angle) => <line key={angle} className="clock-tick" y1="-41" y2="-36" transform={`rotate(${angle})`} />)}
      <line className="clock-hour" y1="4" y2="-22" transform={`rotate(${(hour % 12) * 30})`} />
      <line className="clock-minute" y1="5" y2="-33" transform={`rotate(${minute * 6})`} />
      <circle r="3" className="clock-pin" />
    </svg>
  );
}
