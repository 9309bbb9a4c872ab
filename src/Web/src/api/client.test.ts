import { readdirSync, readFileSync } from 'node:fs';
import openapi, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import { clientOf, told } from './client';
import type { Lesson } from './types';

const nobody = { accessToken: async () => null, renew: async () => null };

it('What the server does not have does not compile', async () => {
  const client = clientOf(nobody, async () => Response.json({ items: [] }), 'http://localhost');
  // Each line says what is wrong with the next; `tsc` fails when it is not.
  const wrong = [
    // @ts-expect-error No such path.
    () => client.GET('/v1/lesson'),
    // @ts-expect-error No such method of it.
    () => client.DELETE('/v1/lessons'),
    // @ts-expect-error Without the lesson's id.
    () => client.GET('/v1/lessons/{id}'),
    // @ts-expect-error By another parameter's name.
    () => client.GET('/v1/lessons/{id}', { params: { path: { lesson: '1' } } }),
    // @ts-expect-error A question that it does not know.
    () => client.GET('/v1/lessons', { params: { query: { since: 'noon' } } }),
    // @ts-expect-error A body without the tutor.
    () => client.POST('/v1/bookings', { body: { studentId: '1', startLocal: '2026-12-07T10:00:00', timeZone: 'Asia/Dubai', durationMinutes: 30 } }),
    // @ts-expect-error The answer has no such member.
    async () => (await told(client.GET('/v1/me'))).surname,
    // @ts-expect-error Another answer than it gives.
    (): Promise<Lesson> => told(client.GET('/v1/me')),
  ];
  expect(wrong).toHaveLength(8);
});

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
