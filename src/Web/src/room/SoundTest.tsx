import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppliedAudio } from './media/devices';
import { microphoneFaults } from './media/soundCheck';
import type { ToneFault } from './media/tone/hearing';
import { lessonSound } from './media/tone/parameters';
import { testAndRemember } from './media/tone/remembered';
import { FaultList } from './SoundFaults';

type Shown = 'before' | 'running' | 'nothing' | { found: ToneFault[] };

/** One press, two seconds, and in plain words what this browser makes of music. Nobody hears it; the microphone and the lesson go on. */
export function SoundTest({ applied, agreed }: { applied: AppliedAudio | null; agreed: (() => string | null) | undefined }) {
  const { t } = useTranslation('room');
  const [shown, setShown] = useState<Shown>('before');
  const press = async () => {
    if (shown === 'running') return;
    setShown('running');
    const found = await testAndRemember(agreed?.() ?? lessonSound);
    setShown(found ? { found } : 'nothing');
  };
  return (
    <div className="room-soundtest">
      <button type="button" aria-disabled={shown === 'running'} onClick={() => void press()}>
        {t('soundTest.start')}
      </button>
      <div role="status" aria-live="polite">
        {shown === 'running' && <p data-result="running">{t('soundTest.running')}</p>}
        {shown === 'nothing' && <p data-result="nothing">{t('soundTest.nothing')}</p>}
        {typeof shown === 'object' && <Result found={shown.found} applied={applied} />}
      </div>
    </div>
  );
}

function Result({ found, applied }: { found: ToneFault[]; applied: AppliedAudio | null }) {
  const { t } = useTranslation('room');
  const faults = [...(applied ? microphoneFaults(applied) : []), ...found];
  return (
    <>
      {found.length === 0 && <p data-result="good">{t('soundTest.good')}</p>}
      {faults.length > 0 && (
        <div data-result="faults" data-faults={faults.join(' ')}>
          <p>{t('soundFault.title')}</p>
          <FaultList faults={faults} />
        </div>
      )}
    </>
  );
}
