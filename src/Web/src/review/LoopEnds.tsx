import { useTranslation } from 'react-i18next';
import { tenths } from './clock';
import type { Loop } from './loop';

const tenth = 0.1;

/** Where the repeated part begins and ends, to be moved a little: a tap comes when one has heard it. */
export function LoopEnds({ loop, onNudge }: { loop: Loop | null; onNudge: (end: 'a' | 'b', by: number) => void }) {
  const { t } = useTranslation();
  // Its place is kept: what is below does not move when a loop begins.
  if (loop === null) return <div className="review-ends" />;
  const ends = [['a', t('review.begin'), loop.a, 'review.from'], ['b', t('review.end'), loop.b, 'review.to']] as const;
  return (
    <div className="review-ends" role="group" aria-label={t('review.loop')}>
      {ends.map(([end, name, at, text]) => at === null ? null : (
        <span key={end}>
          <button type="button" className="button quiet" onClick={() => onNudge(end, -tenth)}><bdi dir="ltr">− 0.1</bdi><span className="unseen">{t('review.earlier', { end: name })}</span></button>
          <output>{t(text, { time: `\u2066${tenths(at)}\u2069` })}</output>
          <button type="button" className="button quiet" onClick={() => onNudge(end, tenth)}><bdi dir="ltr">+ 0.1</bdi><span className="unseen">{t('review.later', { end: name })}</span></button>
        </span>
      ))}
    </div>
  );
}
