import { useEffect, useMemo, useState, useSyncExternalStore, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { MarksOfRecording } from '../marks/MarksOfRecording';
import { Controls } from './Controls';
import { KeyList } from './KeyList';
import { useKeys } from './keys';
import { keepPlace, lastPlace } from './lastPlace';
import { LineOfTime } from './LineOfTime';
import { LoopEnds } from './LoopEnds';
import { MergedFile } from './MergedFile';
import { Passages } from './Passages';
import { Playback } from './playback';
import type { Review } from './queries';
import { useRenditions, useWaveform } from './renditions';
import { Said } from './Said';
import { Side } from './Side';
import { Speeds } from './Speeds';
import { isThere } from './together';
import { nextSpan } from './zoom';

export function Player({ review, person, lesson, recording, error, onAskAgain }: {
  review: Review;
  person: string;
  lesson: string;
  recording: string;
  /** Why its address could not be made anew. */
  error: unknown;
  onAskAgain: () => void;
}) {
  const { t } = useTranslation();
  const playback = usePlayback(review, person, recording);
  const [isSwapped, setSwapped] = useState(false);
  const [span, setSpan] = useState(review.length / 1000);
  const shown = useSyncExternalStore(playback?.subscribe ?? never, playback?.snapshot ?? nothing);
  const order = useMemo(() => {
    const all = review.sides.map((_, index) => index);
    return isSwapped ? all.reverse() : all;
  }, [review.sides, isSwapped]);
  useKeys(useMemo(() => {
    if (!playback) return null;
    const zoom = (step: 1 | -1) => setSpan((now) => nextSpan(now, playback.length, step));
    const faster = (by: number) => playback.speed(playback.snapshot().rate + by);
    return {
      ' ': () => playback.play(), ArrowLeft: () => playback.by(-5), ArrowRight: () => playback.by(5), l: () => playback.tapLoop(),
      ',': () => void playback.frame(-1), '.': () => void playback.frame(1), s: () => faster(-0.05), d: () => faster(0.05),
      x: () => setSwapped((is) => !is), '+': () => zoom(-1), '-': () => zoom(1),
      ...Object.fromEntries(order.slice(0, 9).flatMap((index, i) => [[`${i + 1}`, () => playback.solo(index)], [`shift ${i + 1}`, () => playback.mute(index)]])),
    };
  }, [playback, order]));
  const renditions = useRenditions(recording, review.address, review.sides.some((side) => side.hasSound)).data?.items;
  const waveform = useWaveform(recording, review.address, renditions?.find((one) => one.kind === 'waveform')?.file).data;
  const poster = renditions?.find((one) => one.kind === 'poster')?.file;
  if (review.sides.length === 0) return <p>{t('review.empty')}</p>;
  if (!playback || !shown) return null;
  const columns = Math.min(order.length, order.length > 4 ? 3 : 2);
  return (
    <div className="review" data-state={shown.playing ? 'playing' : 'paused'} data-at={shown.at.toFixed(2)} data-waits={shown.waits}>
      <div className="review-player" data-player>
        <div className="review-seen">
          <div className="review-sides" style={{ '--columns': columns, '--rows': Math.ceil(order.length / columns) } as CSSProperties}>
            {order.map((index) => (
              <Side key={index} side={review.sides[index]!} index={index} playback={playback} poster={poster ? `${review.address}${poster}` : undefined}
                isMuted={shown.muted.includes(index)} isSolo={shown.solo === index}
                isThere={isThere(review.sides[index]!, shown.at, review.sides)} alone={order.length === 1} />
            ))}
          </div>
          <Said shown={shown} error={error} onAgain={() => {
            if (shown.trouble === 'refused') onAskAgain();
            playback.again();
          }} />
        </div>
        <div className="review-bar">
          <LineOfTime review={review} lesson={lesson} order={order} waveform={waveform} playback={playback} shown={shown} span={span} />
          <Controls playback={playback} shown={shown} span={span} onSpan={setSpan} />
        </div>
        <LoopEnds loop={shown.loop} onNudge={playback.nudge} />
        <div className="review-more">
          <Speeds rate={shown.rate} onRate={(rate) => playback.speed(rate)} />
          <div className="review-controls">
            {review.sides.some((side) => side.hasPicture) ? (
              <>
                <button type="button" className="button quiet" onClick={() => void playback.frame(-1)}>{t('review.frameBack')}</button>
                <button type="button" className="button quiet" onClick={() => void playback.frame(1)}>{t('review.frameOn')}</button>
              </>
            ) : null}
            {order.length > 1 ? <button type="button" className="button quiet" onClick={() => setSwapped(!isSwapped)}>{t('review.swap')}</button> : null}
          </div>
        </div>
      </div>
      <KeyList />
      <Passages passages={waveform?.passages ?? []} onGo={playback.seek}
        current={waveform?.passages.findIndex((one) => shown.at * 1000 >= one.from && shown.at * 1000 < one.to) ?? -1} />
      <MarksOfRecording lesson={lesson} recording={review} here={playback.here} onGo={playback.from} />
      <MergedFile lesson={lesson} recording={recording} address={review.address} merged={renditions?.find((one) => one.kind === 'merged')} />
    </div>
  );
}

/** One for the life of the page; it goes on where the reader stopped the last time. */
function usePlayback(review: Review, person: string, recording: string): Playback | null {
  const [playback, setPlayback] = useState<Playback | null>(null);
  const first = useMemo(() => review, [recording]);
  useEffect(() => {
    const made = new Playback(first, lastPlace(person, recording));
    const keep = () => keepPlace(person, recording, made.snapshot().at, made.length);
    const timer = setInterval(keep, 2_000);
    setPlayback(made);
    return () => {
      clearInterval(timer);
      keep();
      made.dispose();
    };
  }, [first, person, recording]);
  useEffect(() => playback?.renew(review.address), [playback, review.address]);
  return playback;
}

const never = () => () => undefined;
const nothing = () => null;
