import { afterAll, beforeAll, expect, test } from 'vitest';
import { Api, madeUpPassword, Refused, registerTutor } from './journey/api';
import { bookSlot, confirmFirst, findTutor, openLesson } from './journey/booking';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { addChild, signIn, signUp } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

const father = { name: 'عمر حداد', email: 'omar@example.com', password: madeUpPassword(), role: 'guardian' as const };

let server: MuseServer;
let browser: OpenBrowser;
let guardian: Visitor;
let tutor: Visitor;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let lessonId: string;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  guardian = await browser.visit({ language: 'ar', locale: 'ar-AE', timeZone: 'Asia/Dubai' });
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('A guardian in Abu Dhabi signs up in Arabic, right to left, and adds a child who needs no mail address', async () => {
  await signUp(guardian, father);
  expect(await guardian.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(['ar', 'rtl']);
  await addChild(guardian, 'ليلى', [2015, 3, 14]);

  const me = await (await new Api(server.origin).signIn(father.email, father.password)).call<{ children: { timeZone: string; country: string }[] }>('GET', '/v1/me');
  expect(me.children).toMatchObject([{ timeZone: 'Asia/Dubai', country: 'AE' }]);
});

test('They find the tutor and book in their own time, five hours behind Seoul', async () => {
  await findTutor(guardian, 'Kim Seo-yeon');
  await bookSlot(guardian, 6);
  const api = await new Api(server.origin).signIn(father.email, father.password);
  const { items } = await api.call<{ items: { tutorLocal: string; studentLocal: string; state: string }[] }>('GET', '/v1/bookings?state=requested');
  expect(items).toHaveLength(1);
  expect(items[0]!.studentLocal).toMatch(/\+04:00$/);
  expect(items[0]!.tutorLocal).toMatch(/\+09:00$/);
  expect(Date.parse(items[0]!.studentLocal)).toBe(Date.parse(items[0]!.tutorLocal));
});

test('Once confirmed, the lesson stands without a meeting and everyone is told so plainly', async () => {
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await signIn(tutor, teacher.email, teacher.password);
  await confirmFirst(tutor);
  lessonId = await openLesson(tutor, 'ليلى');
  const lesson = await teacher.api.until(lessonId, 'the decision about the meeting', (now) => now.meeting.state !== 'arranging');
  expect(lesson.meeting).toMatchObject({ state: 'no_provider_allowed' });
  expect(lesson.state).toBe('scheduled');

  await tutor.page.reload();
  await tutor.page.getByText(say('en', 'lesson.noProvider'), { exact: true }).first().waitFor();
  await openLesson(guardian, 'Kim Seo-yeon');
  await guardian.page.getByText(say('ar', 'lesson.noProvider'), { exact: true }).first().waitFor();
  expect((await teacher.api.timeline(lessonId)).map((item) => item.type)).toContain('no_provider_allowed');
});

test('The room says so, too, and the join call answers it even before the room would open', async () => {
  await guardian.page.goto(`/lessons/${lessonId}/room`);
  await guardian.page.getByText(say('ar', 'room:refusal.no_provider_allowed')).waitFor();
  expect(await guardian.page.getByRole('button', { name: say('ar', 'room:enter') }).isDisabled()).toBe(true);

  expect(Date.parse((await teacher.api.lesson(lessonId)).joinOpensAt)).toBeGreaterThan(Date.now());
  const refused = await teacher.api.call('POST', `/v1/lessons/${lessonId}/join`).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect([(refused as Refused).status, (refused as Refused).code]).toEqual([409, 'no_provider_allowed']);
  expect([...guardian.errors, ...tutor.errors]).toEqual([]);
});
