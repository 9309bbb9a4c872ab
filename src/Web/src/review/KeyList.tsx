import { useTranslation } from 'react-i18next';
import { turnKeys, useKeysAreOn } from './keys';

/** Which keys there are, and whether they act. */
export function KeyList() {
  const { t } = useTranslation();
  const areOn = useKeysAreOn();
  const shift = t('review.shift');
  const keys = [
    [[t('review.space')], 'play'], [['←', '→'], 'arrows'], [[t('review.pagesKeys')], 'pages'], [[t('review.endsKeys')], 'ends'], [[',', '.'], 'pictures'], [['L'], 'loop'],
    [['M'], 'mark'], [['S', 'D'], 'speed'], [['X'], 'swap'], [['1', '2', '…'], 'solo'], [[`${shift} 1`, `${shift} 2`, '…'], 'mute'], [['+', '−'], 'zoom'],
  ] as const;
  return (
    <details className="review-keys">
      <summary>{t('review.keysOf')}</summary>
      <label>
        <input type="checkbox" checked={areOn} onChange={(e) => turnKeys(e.target.checked)} />
        <span>{t('review.keys')}</span>
      </label>
      <dl>
        {keys.map(([pressed, what]) => (
          <div key={what}>
            <dt dir="ltr">{pressed.map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{t(`review.key.${what}`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
