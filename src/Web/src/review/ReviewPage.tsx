import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useLocale } from '../i18n/locale';
import { maybe } from '../i18n/maybe';
import { Loaded } from '../look/Loaded';
import { Page } from '../look/Page';
import { MarksOfRecording, MarksOnLine } from '../marks/MarksOfRecording';
import { minutes } from './clock';
import { turnKeys, useKeys, useKeysAreOn } from './keys';
import { MergedFile } from './MergedFile';
import { Passages } from './Passages';
import { Playback } from './playback';
import { useReview, type Review, type ReviewSide } from './queries';
import { useRenditions, useWaveform } from './renditions';
import { Waves } from './Waves';
import './review.css';

const speeds = [0.25, 0.5, 0.75, 1];

export default function ReviewPage() {
  const { t } = useTranslation();
  const { id, recordingId } = useParams();
  const review = useReview(id!, recordingId!);
  return (
    <Page title={t('review.title')} lead={<Link to={`/lessons/${id}`}>{t('review.back')}</Link>}>
      <Loaded query={review}>{(data) => <Player review={data} lesson={id!} recording={recordingId!} />}</Loaded>
    </Page>
  );
}

function Player({ review, lesson, recording }: { review: Review; lesson: string; recording: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const playback = usePlayback(review, recording);
  const [isSwapped, setSwapped] = useState(false);
  const shown = useSyncExternalStore(playback?.subscribe ?? never, playback?.snapshot ?? nothing);
  useKeys(useMemo(() => playback && {
    ' ': () => playback.play(), ArrowLeft: () => playback.by(-5), ArrowRight: () => playback.by(5),
    ',': () => playback.frame(-1), '.': () => playback.frame(1), l: () => playback.tapLoop(),
  }, [playback]));
  const keysAreOn = useKeysAreOn();
  const renditions = useRenditions(recording, review.address, review.sides.some((side) => side.hasSound)).data?.items;
  const waveform = useWaveform(recording, review.address, renditions?.find((one) => one.kind === 'waveform')?.file).data;
  const go = useCallback((at: number) => playback?.seek(at), [playback]);
  if (review.sides.length === 0) return <p>{t('review.empty')}</p>;
  if (!playback || !shown) return null;
  const sides = review.sides.map((side, index) => ({ side, index }));
  const { loop } = shown;
  return (
    <div className="review" data-state={shown.playing ? 'playing' : 'paused'} data-at={shown.at.toFixed(2)} data-waits={shown.waits}>
      <div className="review-sides">
        {(isSwapped ? [...sides].reverse() : sides).map(({ side, index }) => (
          <Side key={index} side={side} index={index} playback={playback} isMuted={shown.muted.includes(index)} isSolo={shown.solo === index}
            isThere={shown.at >= side.from / 1000 && shown.at <= (side.from + side.length) / 1000} alone={sides.length === 1} />
        ))}
      </div>
      <Waves sides={review.sides} waveform={waveform} length={playback.length} at={shown.at} loop={loop} onGo={go} />
      <div className="review-line" dir="ltr">
        <input type="range" min={0} max={playback.length} step={0.01} value={shown.at} aria-label={t('review.place')}
          aria-valuetext={minutes(shown.at)} onChange={(e) => playback.seek(e.target.valueAsNumber)} />
        <MarksOnLine lesson={lesson} recording={review} />
        {loop ? <span className="review-loop" aria-hidden="true" style={{ insetInlineStart: `${(loop.a / playback.length) * 100}%`, inlineSize: `${(((loop.b ?? loop.a) - loop.a) / playback.length) * 100}%` }} /> : null}
      </div>
      <p className="review-time" dir="ltr">{minutes(shown.at)} / {minutes(playback.length)}</p>
      <div className="review-controls" role="toolbar" aria-label={t('review.controls')}>
        <button type="button" className="button quiet" onClick={() => playback.by(-5)}>{t('review.back5')}</button>
        <button type="button" className="button primary" onClick={() => playback.play()}>{shown.playing ? t('review.pause') : t('review.play')}</button>
        <button type="button" className="button quiet" onClick={() => playback.by(5)}>{t('review.on5')}</button>
        <button type="button" className="button quiet" aria-pressed={loop !== null} onClick={() => playback.tapLoop()}>
          {loop === null ? t('review.loopFrom') : loop.b === null ? t('review.loopTo') : t('review.loopOff')}
        </button>
        <button type="button" className="button plain" onClick={() => playback.frame(-1)}>{t('review.frameBack')}</button>
        <button type="button" className="button plain" onClick={() => playback.frame(1)}>{t('review.frameOn')}</button>
        {review.sides.length > 1 ? <button type="button" className="button plain" onClick={() => setSwapped(!isSwapped)}>{t('review.swap')}</button> : null}
      </div>
      <fieldset className="review-speeds">
        <legend>{t('review.speed')}</legend>
        {speeds.map((speed) => (
          <label key={speed}>
            <input type="radio" name="speed" checked={shown.rate === speed} onChange={() => playback.speed(speed)} />
            {new Intl.NumberFormat(locale, { style: 'percent' }).format(speed)}
          </label>
        ))}
      </fieldset>
      <label className="review-keys">
        <input type="checkbox" checked={keysAreOn} onChange={(e) => turnKeys(e.target.checked)} />
        <span>{t('review.keys')}</span>
      </label>
      <Passages passages={waveform?.passages ?? []} onGo={go}
        current={waveform?.passages.findIndex((one) => shown.at * 1000 >= one.from && shown.at * 1000 < one.to) ?? -1} />
      <MarksOfRecording lesson={lesson} recording={review} here={playback.here} onGo={playback.from} />
      <MergedFile lesson={lesson} recording={recording} address={review.address} merged={renditions?.find((one) => one.kind === 'merged')} />
    </div>
  );
}

function Side({ side, index, playback, isMuted, isSolo, isThere, alone }: {
  side: ReviewSide;
  index: number;
  playback: Playback;
  isMuted: boolean;
  isSolo: boolean;
  isThere: boolean;
  alone: boolean;
}) {
  const { t, i18n } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    playback.attach(index, video.current!);
    return () => playback.detach(index);
  }, [playback, index]);
  const role = maybe(i18n, t, `timeline.role.${side.part}`);
  return (
    <figure className="review-side" data-picture={side.hasPicture} data-there={isThere}>
      <video ref={video} playsInline preload="auto" />
      <figcaption>
        <span><bdi>{side.name || role}</bdi>{side.name && role ? <span className="soft"> · {role}</span> : null}</span>
        {side.hasSound && !alone ? (
          <span className="review-heard">
            <button type="button" className="button plain" aria-pressed={isSolo} onClick={() => playback.solo(index)}>{t('review.solo')}</button>
            <button type="button" className="button plain" aria-pressed={isMuted} onClick={() => playback.mute(index)}>{t('review.mute')}</button>
          </span>
        ) : null}
      </figcaption>
    </figure>
  );
}

/** One for the life of the page; it goes on where the reader stopped the last time. */
function usePlayback(review: Review, recording: string): Playback | null {
  const key = `muse.review.${recording}`;
  const [playback, setPlayback] = useState<Playback | null>(null);
  const first = useMemo(() => review, [recording]);
  useEffect(() => {
    const made = new Playback(first, Number(localStorage.getItem(key) ?? 0) || 0);
    const keep = setInterval(() => remember(key, made), 2_000);
    setPlayback(made);
    return () => {
      clearInterval(keep);
      remember(key, made);
      made.dispose();
    };
  }, [first, key]);
  useEffect(() => playback?.renew(review.address), [playback, review.address]);
  return playback;
}

function remember(key: string, playback: Playback) {
  const { at } = playback.snapshot();
  try {
    if (at > 0 && at < playback.length) localStorage.setItem(key, at.toFixed(2));
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing begins at the beginning.
  }
}

const never = () => () => undefined;
const nothing = () => null;
