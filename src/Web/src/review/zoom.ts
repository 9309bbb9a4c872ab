/** What of the line of time is seen, in seconds. */
export interface Window {
  from: number;
  span: number;
}

/** Seconds that can be seen at once, besides the whole of it. */
const spans = [15, 60, 300];

/** The next closer (-1) or wider (1) span than that; the same when there is none. */
export function nextSpan(span: number, length: number, step: 1 | -1): number {
  const all = [...spans.filter((one) => one < length), length];
  const now = all.findIndex((one) => one >= span);
  return all[Math.min(Math.max((now < 0 ? all.length - 1 : now) + step, 0), all.length - 1)]!;
}

/** It stands while the place is within it, and turns like a page when the place has left it. Another span is laid around the place. */
export function moved(window: Window, span: number, at: number, length: number): Window {
  if (span === window.span && at >= window.from && at <= window.from + span) return window;
  const wanted = span === window.span && at > window.from ? at - span * 0.05 : at - span / 2;
  const from = Math.min(Math.max(wanted, 0), Math.max(length - span, 0));
  return from === window.from && span === window.span ? window : { from, span };
}

/** 0 to 1 within it; beside it below or above that. */
export const placeIn = ({ from, span }: Window, at: number): number => (span > 0 ? (at - from) / span : 0);
