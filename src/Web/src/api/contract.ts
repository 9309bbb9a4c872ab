/** What the server does not have does not compile: held by `npm run check`, and in no bundle. Each line says what is wrong with the next. */
import { api, told } from './client';
import type { Lesson, Told } from './types';

export const wrong = [
  // @ts-expect-error No such path.
  () => api.GET('/v1/lesson'),
  // @ts-expect-error No such method of it.
  () => api.DELETE('/v1/lessons'),
  // @ts-expect-error Without the lesson's id.
  () => api.GET('/v1/lessons/{id}'),
  // @ts-expect-error By another parameter's name.
  () => api.GET('/v1/lessons/{id}', { params: { path: { lesson: '1' } } }),
  // @ts-expect-error A question that it does not know.
  () => api.GET('/v1/lessons', { params: { query: { since: 'noon' } } }),
  // @ts-expect-error A body without the tutor.
  () => api.POST('/v1/bookings', { body: { studentId: '1', startLocal: '2026-12-07T10:00:00', timeZone: 'Asia/Dubai', durationMinutes: 30 } }),
  // @ts-expect-error The answer has no such member.
  async () => (await told(api.GET('/v1/me'))).surname,
  // @ts-expect-error Another answer than it gives.
  (): Promise<Lesson> => told(api.GET('/v1/me')),
];

// @ts-expect-error A member of another type.
export type Another = Told<'MyAccount', { roles: number[] }>;
// @ts-expect-error A member that the description has not, beside one that it has.
export type Invented = Told<'MyAccount', { roles: 'tutor'[]; surname: string }>;
