import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { enterRoom, figures, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let lessonId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('Both are in the room and see and hear each other', async () => {
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
  for (const { page } of [tutor, student]) await expect.poll(async () => (await figures(page)).ownOneWay, { timeout: 20_000 }).not.toBeNull();
});

test.each(['SIGINT', 'SIGKILL'] as const)('The server ends by %s and starts again, and both come back by themselves with picture and sound', async (how) => {
  await server.restart(async () => {
    for (const { page } of [tutor, student]) {
      await page.getByText(say('en', 'room:reconnecting')).first().waitFor();
      // What was decoded before is gone with its connection: it cannot count below.
      await expect.poll(async () => (await figures(page)).inbound, { timeout: 30_000 }).toEqual([]);
    }
  }, how);
  await Promise.all([seeAndHear(tutor, 1, 30, 90_000), seeAndHear(student, 1, 30, 90_000)]);
  for (const { page, errors } of [tutor, student]) {
    // The timing channel has come back with the connection.
    await expect.poll(async () => (await figures(page)).ownOneWay, { timeout: 20_000 }).not.toBeNull();
    expect(await figures(page)).toMatchObject({ phase: 'inside', connected: { publish: 'connected', subscribe: 'connected' } });
    expect(errors).toEqual([]);
  }
});

test('The lesson goes on and its history has kept all stays of both', async () => {
  const joins = (timeline: { type: string; role?: string | null }[]) => timeline.filter((item) => item.type === 'participant_joined').map((item) => item.role).sort();
  const lesson = await teacher.api.until(lessonId, 'the joins after the restart', (_, timeline) => joins(timeline).length === 6);
  expect(lesson.state).toBe('started');
  expect(joins(await teacher.api.timeline(lessonId))).toEqual(['student', 'student', 'student', 'tutor', 'tutor', 'tutor']);
});
