import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MarksOnLine } from '../marks/MarksOfRecording';
import { minutes } from './clock';
import { placeByKey } from './keys';
import type { Playback, Shown } from './playback';
import type { Review } from './queries';
import type { Waveform } from './renditions';
import { Waves } from './Waves';
import { moved, type Window } from './zoom';

/** All of the recording as a slider, and what is heard, of all of it or of a part around the place. */
export function LineOfTime({ review, lesson, order, waveform, playback, shown, span }: {
  review: Review;
  lesson: string;
  /** Of the sides, as they are seen. */
  order: readonly number[];
  waveform: Waveform | undefined;
  playback: Playback;
  shown: Shown;
  /** Seconds that are seen at once. */
  span: number;
}) {
  const { t } = useTranslation();
  const { at, loop } = shown;
  const { length } = playback;
  const [held, setHeld] = useState<Window>({ from: 0, span: length });
  const window = moved(held, span, at, length);
  if (window !== held) setHeld(window);
  return (
    <>
      <Waves sides={order.map((index) => review.sides[index]!)} waveform={waveform} window={window} at={at} loop={loop} onGo={playback.seek}>
        <MarksOnLine lesson={lesson} recording={review} window={window} />
      </Waves>
      <div className="review-line" dir="ltr">
        <input type="range" min={0} max={length} step={0.01} value={at} aria-label={t('review.place')} aria-valuetext={minutes(at)}
          onChange={(e) => playback.seek(e.target.valueAsNumber)}
          onKeyDown={(e) => {
            const to = e.ctrlKey || e.metaKey || e.altKey ? null : placeByKey(e.key, at, length);
            if (to === null) return;
            e.preventDefault();
            playback.seek(to);
          }} />
        <MarksOnLine lesson={lesson} recording={review} />
        {loop ? <span className="review-loop" aria-hidden="true" style={{ insetInlineStart: `${(loop.a / length) * 100}%`, inlineSize: `${(((loop.b ?? loop.a) - loop.a) / length) * 100}%` }} /> : null}
        {span < length ? <span className="review-window" aria-hidden="true" style={{ insetInlineStart: `${(window.from / length) * 100}%`, inlineSize: `${(window.span / length) * 100}%` }} /> : null}
      </div>
    </>
  );
}
