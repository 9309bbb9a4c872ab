import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/locale';
import { minutes } from './clock';
import type { Passage } from './renditions';

/** Where anybody is heard: the chapters of a lesson. */
export const Passages = memo(function Passages({ passages, current, onGo }: {
  passages: readonly Passage[];
  /** Index of the one that is played; -1: none. */
  current: number;
  onGo: (at: number) => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (passages.length < 2) return null;
  return (
    <details className="review-passages">
      <summary>{t('review.passages', { number: new Intl.NumberFormat(locale).format(passages.length) })}</summary>
      <ol>
        {passages.map((passage, i) => (
          <li key={passage.from}>
            <button type="button" className="button plain" aria-current={i === current} onClick={() => onGo(passage.from / 1000)}>
              <bdi dir="ltr">{minutes(passage.from / 1000)} – {minutes(passage.to / 1000)}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
});
