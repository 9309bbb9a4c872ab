import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { languages } from './languages';

const source = join(import.meta.dirname, '..');

function keysOf(value: unknown, path = ''): string[] {
  return value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([name, inner]) => keysOf(inner, path === '' ? name : `${path}.${name}`))
    : [path];
}

/** `{{name}}` and the like, which every language must use alike. */
function gapsOf(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return (value.match(/\{\{\w+\}\}/g) ?? []).map((gap) => `${path} ${gap}`);
  return value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([name, inner]) => gapsOf(inner, `${path}.${name}`))
    : [];
}

function emptyOf(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [path] : [];
  return value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([name, inner]) => emptyOf(inner, `${path}.${name}`)) : [];
}

describe.each(['i18n', 'room/i18n', 'preflight/i18n'])('the texts in %s', (folder) => {
  const [first, ...others] = languages.map((language) => ({
    language,
    texts: JSON.parse(readFileSync(join(source, folder, `${language}.json`), 'utf8')) as unknown,
  }));

  it.each(others)('have the same keys in $language', ({ texts }) => {
    // Plural forms differ from language to language.
    const plain = (keys: string[]) => [...new Set(keys.map((key) => key.replace(/_(zero|one|two|few|many|other)$/, '')))].sort();
    expect(plain(keysOf(texts))).toEqual(plain(keysOf(first!.texts)));
  });

  it.each(others)('have the same gaps in $language', ({ texts }) => {
    expect(gapsOf(texts).sort()).toEqual(gapsOf(first!.texts).sort());
  });

  it('have no Korean particle after a gap that fits only some of what may stand there', () => {
    const korean = [first!, ...others].find(({ language }) => language === 'ko')!;
    // Which of the two forms is right depends on the last sound of the word in the gap.
    expect(JSON.stringify(korean.texts).match(/\{\{\w+\}\}(은|는|이|가|을|를|과|와|로|으로|나|이나|라|이라|야|이야)(?![가-힣])/g) ?? []).toEqual([]);
  });

  it.each([first!, ...others])('are nowhere empty in $language', ({ texts }) => {
    expect(emptyOf(texts)).toEqual([]);
  });
});

const speakingAttributes = new Set(['aria-label', 'label', 'title', 'placeholder', 'alt', 'hint', 'lead', 'textValue']);
const word = /\p{L}{2,}/u;

/** Texts that a person would read, written into the page instead of the language files. */
function hardCoded(code: string, file: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (node === null || typeof node !== 'object') return;
    const one = node as Record<string, unknown> & { type?: string };
    if (one.type === 'JSXText' && word.test(String(one.value))) found.push(`${file}: ${String(one.value).trim()}`);
    if (one.type === 'JSXAttribute') {
      const name = (one.name as { name?: unknown }).name;
      const value = one.value as { type?: string; value?: unknown } | null;
      if (typeof name === 'string' && speakingAttributes.has(name) && value?.type === 'Literal' && word.test(String(value.value))) found.push(`${file}: ${name}=${String(value.value)}`);
    }
    Object.values(one).forEach(walk);
  };
  walk(parseSync(file, code).program);
  return found;
}

describe('the pages', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx') && !file.includes('.test.'));

  it.each(files)('have no hard-coded text in %s', (file) => {
    expect(hardCoded(readFileSync(join(source, file), 'utf8'), file)).toEqual([]);
  });

  it('would be caught if they had', () => {
    expect(hardCoded('const a = <p title="Good morning">Hello {name}</p>;', 'a.tsx')).toHaveLength(2);
  });
});
