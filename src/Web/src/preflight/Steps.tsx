import { useTranslation } from 'react-i18next';
import type { Progress } from './measure/run';
import { isDirect, paths } from './wire';

type Look = 'still' | 'running' | 'good' | 'bad';

/** Every step from the start, so that nothing moves while they are ticked off; what happened is also said aloud once each. */
export function Steps({ progress, withRoom, isRunning, isDone }: {
  progress: Progress | null;
  withRoom: boolean;
  isRunning: boolean;
  isDone: boolean;
}) {
  const { t } = useTranslation('preflight');
  const rows: { name: string; label: string; state: string; look: Look }[] = [];
  // A server without any relay: three rows that say "none" tell less than one, and a sentence. Known as soon as the test has begun.
  const relays = paths.filter((path) => !isDirect(path));
  const noRelay = withRoom && relays.every((path) => progress?.paths[path] === 'absent');
  if (withRoom) {
    for (const path of noRelay ? paths.filter(isDirect) : paths) {
      const state = progress?.paths[path];
      rows.push({
        name: path,
        label: t(`path.${path}`),
        state: state ? t(`outcome.${state}`) : t('outcome.waiting'),
        look: state === undefined || state === 'absent' ? 'still' : state === 'trying' ? 'running' : state === 'connected' ? 'good' : 'bad',
      });
    }
    if (noRelay) rows.push({ name: 'relay', label: t('relay'), state: t('outcome.absent'), look: 'still' });
    const line = progress?.line ?? 'waiting';
    rows.push({ name: 'line', label: t('line.title'), state: t(`line.${line}`), look: line === 'measuring' ? 'running' : line === 'done' ? 'good' : line === 'none' ? 'bad' : 'still' });
  }
  for (const device of ['microphone', 'camera'] as const) {
    const state = progress === null ? 'waiting' : progress[device];
    rows.push({
      name: device,
      label: t(`device.${device}`),
      // Arabic says each in another gender.
      state: device === 'camera' ? t(`cameraState.${state}`) : t(`deviceState.${state}`),
      look: state === 'waiting' ? 'still' : state === 'checking' ? 'running' : state === 'ok' ? 'good' : 'bad',
    });
  }
  const settled = rows.filter(({ look }) => look === 'good' || look === 'bad');
  return (
    <>
      <ol className="preflight-steps">
        {rows.map((row) => (
          <li key={row.name} data-step={row.name} data-look={row.look}>
            <span className="preflight-mark" aria-hidden="true" />
            <span>{row.label}</span>
            <span className="preflight-state">{row.state}</span>
          </li>
        ))}
      </ol>
      {noRelay ? <p className="hint">{t('noRelay')}</p> : null}
      <p className="unseen" role="status" aria-live="polite">
        {isRunning ? settled.map(({ label, state }) => `${label}: ${state}.`).join(' ') || t('running') : isDone ? t('finished') : ''}
      </p>
    </>
  );
}
