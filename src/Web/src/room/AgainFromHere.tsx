import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useExplain } from '../api/explain';
import { Presses } from '../marks/presses';
import { changeMark, longestNote, makeMark, newId, type Mark } from '../marks/queries';

/** What nobody touches goes by itself: the note can be written afterwards, too. */
const goesAfterMs = 12_000;

type Marking = 'none' | 'sending' | 'kept' | 'noted' | 'refused';

interface Marked {
  state: Marking;
  mark: Mark | null;
  why: unknown;
}

/** For the button and the key: the last mark that was made in this room. */
export function useMarking(lessonId: string | undefined) {
  const [marked, setMarked] = useState<Marked>({ state: 'none', mark: null, why: null });
  const presses = useRef<Presses<Mark> | null>(null);
  const count = useRef(0);

  useEffect(() => {
    presses.current = lessonId === undefined ? null : new Presses((id, ago) => makeMark(lessonId, { id, ago }), newId);
    const back = () => presses.current?.hurry();
    window.addEventListener('online', back);
    return () => window.removeEventListener('online', back);
  }, [lessonId]);

  const press = () => {
    if (!presses.current) return;
    const own = ++count.current;
    // Only the last press is shown; the ones before it go their way.
    const show = (now: Marked) => own === count.current && setMarked(now);
    show({ state: 'sending', mark: null, why: null });
    presses.current.press().then((mark) => show({ state: 'kept', mark, why: null }), (why: unknown) => show({ state: 'refused', mark: null, why }));
  };

  const note = async (words: string) => {
    const { mark } = marked;
    if (!mark || lessonId === undefined) return;
    try {
      setMarked({ state: 'noted', mark: await changeMark(lessonId, mark, { note: words, shared: mark.shared }), why: null });
    } catch (why) {
      setMarked({ state: 'refused', mark, why });
    }
  };

  const close = () => setMarked({ state: 'none', mark: null, why: null });
  const latest = useRef(press);
  latest.current = press;
  // Page down is no letter, so no language's keyboard and no speech input gets in its way, and it is what foot pedals that turn pages send.
  useEffect(() => {
    if (lessonId === undefined) return;
    const pressed = (e: KeyboardEvent) => {
      if (e.key !== 'PageDown' || e.repeat || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
      if (e.target instanceof HTMLElement && e.target.closest('dialog, input, textarea, select')) return;
      e.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [lessonId]);

  return { marked, press, note, close };
}

/** Quietly says that the mark is made, and takes a note for it. */
export function Marked({ marking }: { marking: ReturnType<typeof useMarking> }) {
  const { t } = useTranslation('room');
  const { explain } = useExplain();
  const { marked, note, close } = marking;
  const [words, setWords] = useState('');
  const [isTouched, setTouched] = useState(false);
  const { state, mark } = marked;

  useEffect(() => {
    setWords('');
    setTouched(false);
  }, [mark?.id]);
  useEffect(() => {
    if (state !== 'noted' && (state !== 'kept' || isTouched)) return;
    const timer = setTimeout(close, goesAfterMs);
    return () => clearTimeout(timer);
  }, [state, mark, isTouched]);

  return (
    <div className="room-marked" data-state={state}>
      <p role="status">{state === 'none' ? '' : state === 'refused' ? explain(marked.why) : t(`marks.${state}`)}</p>
      {state === 'refused' && !mark ? <button type="button" className="room-quiet" onClick={close}>{t('marks.close')}</button> : null}
      {state === 'kept' || (state === 'refused' && mark) ? (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (words.trim() !== '') void note(words);
          }}
          onFocus={() => setTouched(true)}
        >
          <input className="input" value={words} maxLength={longestNote} dir="auto" aria-label={t('marks.note')} placeholder={t('marks.note')}
            onChange={(e) => setWords(e.target.value)} />
          <button type="submit" className="room-quiet">{t('marks.save')}</button>
          <button type="button" className="room-quiet" onClick={close}>{t('marks.close')}</button>
        </form>
      ) : null}
    </div>
  );
}
