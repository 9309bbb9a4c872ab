import { useTranslation } from 'react-i18next';
import { minutes } from './clock';
import type { Playback, Shown } from './playback';
import { nextSpan } from './zoom';

/** What is pressed all the time, under the line of time. */
export function Controls({ playback, shown, span, onSpan }: { playback: Playback; shown: Shown; span: number; onSpan: (span: number) => void }) {
  const { t } = useTranslation();
  const { loop } = shown;
  const { length } = playback;
  return (
    <div className="review-controls" role="group" aria-label={t('review.controls')}>
      <button type="button" className="button quiet" onClick={() => playback.by(-5)}>{t('review.back5')}</button>
      <button type="button" className="button primary review-play" onClick={() => playback.play()}>{shown.playing ? t('review.pause') : t('review.play')}</button>
      <button type="button" className="button quiet" onClick={() => playback.by(5)}>{t('review.on5')}</button>
      <button type="button" className="button quiet review-tap" aria-pressed={loop !== null} onClick={() => playback.tapLoop()}>
        {loop === null ? t('review.loopFrom') : loop.b === null ? t('review.loopTo') : t('review.loopOff')}
      </button>
      <span className="review-time" dir="ltr">{minutes(shown.at)} / {minutes(length)}</span>
      <span className="review-zoom" dir="ltr">
        <button type="button" className="button plain" aria-label={t('review.zoomOut')} onClick={() => onSpan(nextSpan(span, length, 1))}>−</button>
        <button type="button" className="button plain" aria-label={t('review.zoomIn')} onClick={() => onSpan(nextSpan(span, length, -1))}>+</button>
        <span className="unseen" role="status">{span < length ? t('review.seen', { length: minutes(span) }) : t('review.whole')}</span>
      </span>
    </div>
  );
}
