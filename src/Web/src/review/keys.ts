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

/** Of which a press that is held goes on. */
const goesOn = ['ArrowLeft', 'ArrowRight', ',', '.', '+', '-'];

const named: Record<string, string> = { Comma: ',', Period: '.', Minus: '-', Equal: '+', NumpadAdd: '+', NumpadSubtract: '-' };

/** The key by what stands on a Latin keyboard at its place: on a Korean or an Arabic one L is ㅣ or م. A digit with shift is named so. */
export function keyOf({ key, code, shiftKey }: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  if (digit) return shiftKey ? `shift ${digit}` : digit;
  if (key.length > 1 && key !== 'Process') return key;
  if (key === '=') return '+';
  if (key.length === 1 && key >= ' ' && key <= '~') return key.toLowerCase();
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? named[code] ?? key;
}

/** The player's own region, in which space plays whatever has the focus; a button keeps Enter. */
export const playersOwn = '[data-player]';

/**
 * Whether the player may take this press: not what is written, and of what chooses (a tick, a choice, a slider) not the keys that are its own.
 * Space on a button or a link beside the player is that one's.
 */
export function isForPlayer(key: string, target: Pick<Element, 'closest'> | null): boolean {
  if (target?.closest('textarea, select, input:not([type=range], [type=radio], [type=checkbox]), [role=dialog], [role=menu]')) return false;
  if (key === ' ') return !target?.closest('input:not([type=range])') && (!!target?.closest(playersOwn) || !target?.closest('button, a, summary'));
  return key.length === 1 || key.startsWith('shift ') || !target?.closest('input');
}

/** Seconds to which a key of the line of time goes from there; null: none of its own. */
export function placeByKey(key: string, at: number, length: number): number | null {
  const steps: Record<string, number> = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30, Home: -length, End: length };
  return key in steps ? Math.min(Math.max(at + steps[key]!, 0), length) : null;
}

/** While these stand, a press of the key does it. */
export function useKeys(acts: Record<string, () => void> | null): void {
  useEffect(() => {
    if (!acts) return;
    const actOf = (e: KeyboardEvent) => {
      const key = keyOf(e);
      return areOn && !e.ctrlKey && !e.metaKey && !e.altKey && isForPlayer(key, e.target instanceof Element ? e.target : null) ? acts[key] : undefined;
    };
    const pressed = (e: KeyboardEvent) => {
      const act = actOf(e);
      if (!act || e.defaultPrevented) return;
      e.preventDefault();
      if (!e.repeat || goesOn.includes(keyOf(e))) act();
    };
    // Some browsers press a button when space is let go.
    const released = (e: KeyboardEvent) => {
      if (e.key === ' ' && actOf(e)) e.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    window.addEventListener('keyup', released);
    return () => {
      window.removeEventListener('keydown', pressed);
      window.removeEventListener('keyup', released);
    };
  }, [acts]);
}
