import type { Wall } from './wall';

const ticks = Array.from({ length: 12 }, (_, hour) => hour * 30);

/** A still clock: hands for the time, the face light by day and dark by night. The words beside it say the same. */
export function ClockFace({ wall }: { wall: Wall }) {
  const minute = wall.minuteOfDay % 60;
  const hour = wall.minuteOfDay / 60;
  const night = hour < 6 || hour >= 19;
  return (
    <svg className={night ? 'clock night' : 'clock'} viewBox="-50 -50 100 100" aria-hidden="true">
      <circle r="47" className="clock-face" />
      {ticks.map((angle) => <line key={angle} className={angle % 90 === 0 ? 'clock-tick' : 'clock-tick fine'} y1="-41" y2={angle % 90 === 0 ? -35 : -38} transform={`rotate(${angle})`} />)}
      <line className="clock-hour" y1="4" y2="-22" transform={`rotate(${(hour % 12) * 30})`} />
      <line className="clock-minute" y1="5" y2="-33" transform={`rotate(${minute * 6})`} />
      <circle r="3" className="clock-pin" />
    </svg>
  );
}
