import type { Browser } from '../wire';

/** Which engine this is, for what it does with sound; all browsers on an iPad are Safari's. */
export function browserFamily(userAgent: string): Browser {
  if (/\b(iPad|iPhone|iPod)\b/.test(userAgent)) return 'safari';
  if (/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//.test(userAgent)) return 'chromium';
  if (/\bFirefox\//.test(userAgent)) return 'firefox';
  if (/\bVersion\/[\d.]+.*\bSafari\//.test(userAgent)) return 'safari';
  return 'other';
}
