import { memo, useEffect, useMemo, useRef, type PointerEvent, type ReactNode } from 'react';
import { bytesOf, columns, secondsAt } from './peaks';
import type { Waveform } from './renditions';
import type { ReviewSide } from './queries';

/** The loudness of each side on one line of time; a press or a drag goes there. For eyes and fingers: the slider beneath says the same to others. */
export function Waves({ sides, waveform, length, at, loop, onGo, children }: {
  sides: readonly ReviewSide[];
  waveform: Waveform | undefined;
  /** Seconds. */
  length: number;
  at: number;
  loop: { a: number; b: number | null } | null;
  onGo: (at: number) => void;
  /** Drawn above them. */
  children?: ReactNode;
}) {
  const heard = sides.filter((side) => side.soundTrack != null);
  if (heard.length === 0) return null;
  const go = (e: PointerEvent<HTMLDivElement>) => {
    const box = e.currentTarget.getBoundingClientRect();
    onGo(secondsAt(e.clientX, box.left, box.width, length));
  };
  const place = (seconds: number) => `${(seconds / length) * 100}%`;
  return (
    <div className="waves" dir="ltr" aria-hidden="true" data-drawn={waveform !== undefined}
      onPointerDown={(e) => {
        if (e.button !== 0) return;
        e.currentTarget.setPointerCapture(e.pointerId);
        go(e);
      }}
      onPointerMove={(e) => {
        if (e.currentTarget.hasPointerCapture(e.pointerId)) go(e);
      }}>
      {heard.map((side) => <Wave key={side.soundTrack} waveform={waveform} number={side.soundTrack!} length={length} />)}
      {loop ? <span className="waves-loop" style={{ left: place(loop.a), width: place((loop.b ?? loop.a) - loop.a) }} /> : null}
      <span className="waves-at" style={{ left: place(at) }} />
      {children}
    </div>
  );
}

const Wave = memo(function Wave({ waveform, number, length }: { waveform: Waveform | undefined; number: number; length: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const peaks = useMemo(() => bytesOf(waveform?.tracks.find((track) => track.number === number)?.peaks ?? ''), [waveform, number]);
  useEffect(() => {
    const element = canvas.current!;
    const paint = () => draw(element, peaks, waveform?.perSecond ?? 20, length);
    const sizes = new ResizeObserver(paint);
    sizes.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', paint);
    return () => {
      sizes.disconnect();
      dark.removeEventListener('change', paint);
    };
  }, [peaks, waveform, length]);
  return <canvas ref={canvas} className="wave" />;
});

function draw(element: HTMLCanvasElement, peaks: Uint8Array, perSecond: number, length: number) {
  const scale = Math.min(window.devicePixelRatio, 2);
  const [width, height] = [Math.round(element.clientWidth * scale), Math.round(element.clientHeight * scale)];
  if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
  const context = element.getContext('2d');
  if (!context || width === 0) return;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(element).color;
  columns(peaks, perSecond, length, width).forEach((peak, x) => {
    const tall = Math.max(peak * height * 0.92, scale);
    context.fillRect(x, (height - tall) / 2, 1, tall);
  });
}
