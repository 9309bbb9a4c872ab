import { readdirSync, readFileSync } from 'node:fs';
import openapi, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('Nothing but the client and the session, which gets its token, asks the server', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test|\.d)\.tsx?$/.test(file));
  const asking = sources.filter((file) => /\bfetch\(|XMLHttpRequest|sendBeacon/.test(readFileSync(`src/${file}`, 'utf8')));
  expect(asking.sort()).toEqual(['api/client.ts', 'api/session.ts']);
});

it('The shapes are those of the committed description', async () => {
  const description = new URL('../../../../docs/openapi.json', import.meta.url);
  const made = astToString(await openapi(description));
  const committed = readFileSync('src/api/openapi.d.ts', 'utf8');
  // The tool's own command writes a heading above.
  expect(committed.slice(committed.indexOf('export '))).toBe(made.slice(made.indexOf('export ')));
}, 60_000);
