import { useEffect, useSyncExternalStore } from 'react';

// Single keys can be turned off: who speaks to the browser would press them by talking (WCAG 2.1.4).
const stored = 'muse.review.keys';
const listeners = new Set<() => void>();
let areOn = read();

function read(): boolean {
  try {
    return localStorage.getItem(stored) !== 'off';
  } catch {
    return true;
  }
}

export function turnKeys(on: boolean): void {
  areOn = on;
  try {
    localStorage.setItem(stored, on ? 'on' : 'off');
  } catch {
    // Holds until the page goes.
  }
  listeners.forEach((listener) => listener());
}

export const useKeysAreOn = () =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => areOn);

/** Of which a press that is held does nothing more. */
const once = [' ', 'l', 'm'];

/** Whether the player may take this press: not what is written, and of a button or a slider not the keys that are its own. */
export function isForPlayer(key: string, target: Pick<Element, 'closest'> | null): boolean {
  if (target?.closest('textarea, select, input:not([type=range], [type=radio], [type=checkbox])')) return false;
  return (key.length === 1 && key !== ' ') || !target?.closest('input, button, a');
}

/** While these stand, a press of the key does it. */
export function useKeys(acts: Record<string, () => void> | null): void {
  useEffect(() => {
    if (!acts) return;
    const pressed = (e: KeyboardEvent) => {
      const act = acts[e.key];
      if (!act || !areOn || e.ctrlKey || e.metaKey || e.altKey || !isForPlayer(e.key, e.target instanceof Element ? e.target : null)) return;
      e.preventDefault();
      if (!e.repeat || !once.includes(e.key)) act();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [acts]);
}
