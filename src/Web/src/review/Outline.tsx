import { memo } from 'react';
import { bytesOf } from './peaks';

/** A recording's picture in a list: how loud it was, and nobody's face. */
export const Outline = memo(function Outline({ peaks }: { peaks: string | null | undefined }) {
  const heights = peaks ? bytesOf(peaks) : [];
  return (
    <svg className="review-outline" viewBox={`0 0 ${Math.max(heights.length, 1)} 100`} preserveAspectRatio="none" aria-hidden="true">
      {[...heights].map((peak, i) => {
        const tall = Math.max((peak / 255) * 100, 2);
        return <rect key={i} x={i + 0.15} y={(100 - tall) / 2} width={0.7} height={tall} />;
      })}
    </svg>
  );
});
