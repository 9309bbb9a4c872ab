import { memo, useEffect, useMemo, useRef, type PointerEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { maybe } from '../i18n/maybe';
import { bytesOf, columns, secondsAt } from './peaks';
import type { Waveform } from './renditions';
import type { ReviewSide } from './queries';
import { placeIn, type Window } from './zoom';

/** The loudness of each side on one line of time; a press or a drag goes there. For eyes and fingers: the slider beneath says the same to others. */
export function Waves({ sides, waveform, window, at, loop, onGo, children }: {
  sides: readonly ReviewSide[];
  waveform: Waveform | undefined;
  window: Window;
  at: number;
  loop: { a: number; b: number | null } | null;
  onGo: (at: number) => void;
  /** Drawn above them. */
  children?: ReactNode;
}) {
  const { t, i18n } = useTranslation();
  const heard = sides.filter((side) => side.soundTrack != null);
  const go = (e: PointerEvent<HTMLDivElement>) => {
    const box = e.currentTarget.getBoundingClientRect();
    onGo(window.from + secondsAt(e.clientX, box.left, box.width, window.span));
  };
  const place = (seconds: number) => `${Math.min(Math.max(placeIn(window, seconds), -0.01), 1.01) * 100}%`;
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
      {heard.map((side) => (
        <span key={side.soundTrack} className="wave-of">
          <Wave waveform={waveform} number={side.soundTrack!} window={window} />
          <span className="wave-name"><bdi>{side.name || maybe(i18n, t, `timeline.role.${side.part}`)}</bdi></span>
        </span>
      ))}
      {heard.length === 0 ? <span className="wave" /> : null}
      {loop ? <span className="waves-loop" style={{ left: place(loop.a), right: `calc(100% - ${place(loop.b ?? loop.a)})` }} /> : null}
      <span className="waves-at" style={{ left: place(at) }} />
      {children}
    </div>
  );
}

const Wave = memo(function Wave({ waveform, number, window }: { waveform: Waveform | undefined; number: number; window: Window }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const peaks = useMemo(() => bytesOf(waveform?.tracks.find((track) => track.number === number)?.peaks ?? ''), [waveform, number]);
  useEffect(() => {
    const element = canvas.current!;
    const paint = () => draw(element, peaks, waveform?.perSecond ?? 20, window);
    const sizes = new ResizeObserver(paint);
    sizes.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', paint);
    return () => {
      sizes.disconnect();
      dark.removeEventListener('change', paint);
    };
  }, [peaks, waveform, window]);
  return <canvas ref={canvas} className="wave" />;
});

function draw(element: HTMLCanvasElement, peaks: Uint8Array, perSecond: number, part: Window) {
  const scale = Math.min(window.devicePixelRatio, 2);
  const [width, height] = [Math.round(element.clientWidth * scale), Math.round(element.clientHeight * scale)];
  if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
  const context = element.getContext('2d');
  if (!context || width === 0) return;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(element).color;
  columns(peaks, perSecond, part, width).forEach((peak, x) => {
    const tall = Math.max(peak * height * 0.92, scale);
    context.fillRect(x, (height - tall) / 2, 1, tall);
  });
}
