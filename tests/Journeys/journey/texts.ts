import { readFileSync } from 'node:fs';
import path from 'node:path';
import { home } from './built';

export type Language = 'ko' | 'en' | 'ar';

const files = new Map<string, Record<string, unknown>>();

/** The page's own words, so that a journey reads the page as a person of that language does. Keys of the room begin with `room:`, of the connection test with `preflight:`. */
export function say(language: Language, key: string, values: Record<string, string> = {}): string {
  const [first, rest] = key.split(':');
  const [file, name] = rest === undefined ? [`i18n/${language}.json`, key] : [`${first!}/i18n/${language}.json`, rest];
  let found: unknown = fileOf(file);
  for (const part of name.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
  if (typeof found !== 'string') throw new Error(`there is no text ${key} in ${file}`);
  return found.replace(/\{\{(\w+)\}\}/g, (whole, value: string) => values[value] ?? whole);
}

/** The text with its values left open, for finding what is on the page. */
export function sayAny(language: Language, key: string): RegExp {
  const parts = say(language, key)
    .split(/\{\{\w+\}\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.*'));
}

function fileOf(file: string): Record<string, unknown> {
  let texts = files.get(file);
  if (!texts) {
    texts = JSON.parse(readFileSync(path.join(home, 'src/Web/src', file), 'utf8')) as Record<string, unknown>;
    files.set(file, texts);
  }
  return texts;
}
