import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allHours, bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say, type Language } from './journey/texts';

const readers: { language: Language; locale: string; timeZone: string; viewport: { width: number; height: number } }[] = [
  { language: 'ko', locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } },
  { language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } },
  { language: 'ar', locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 768, height: 1024 } },
];

const usualWeek = {
  ...allHours,
  weekly: [2, 4].map((day) => ({ day, start: '16:00', end: '19:00' })),
  stepMinutes: 30,
};

let server: MuseServer;
let browser: OpenBrowser;
let lessonId: string;
let tutorId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  tutorId = teacher.ids.tutorId!;
  learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  // A week as tutors have it; axe would look at four thousand slots otherwise.
  await teacher.api.call('PUT', `/v1/tutors/${tutorId}/availability`, usualWeek, { 'If-Match': '"1"' });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe.each(readers)('In $language at $viewport.width pixels', (reader) => {
  let visitor: Visitor;

  const look = async (path: string) => {
    await visitor.page.goto(path);
    await visitor.page.locator('h1').first().waitFor();
    await visitor.page.waitForLoadState('networkidle');
    expect(await findings(visitor.page), path).toEqual([]);
    const [width, window] = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(width, `${path} scrolls sideways`).toBeLessThanOrEqual(window!);
  };

  test('the pages before signing in have no serious fault and no skipped heading and read in the right direction', async () => {
    visitor = await browser.visit(reader);
    for (const path of ['/', '/sign-up', '/sign-in', '/guest#x']) await look(path);
    expect(await visitor.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
      reader.language,
      reader.language === 'ar' ? 'rtl' : 'ltr',
    ]);
  });

  test("a student's pages have no serious fault and no skipped heading", async () => {
    await signIn(visitor, learner.email, learner.password);
    for (const path of ['/', '/lessons', `/lessons/${lessonId}`, '/mentors', `/tutors/${tutorId}`, '/settings']) await look(path);
  });

  test('the green room and the room have no serious fault and no skipped heading', async () => {
    await look(`/lessons/${lessonId}/room?height=180`);
    await visitor.page.getByRole('button', { name: say(reader.language, 'room:enter'), exact: true }).click();
    await visitor.page.locator('.room-stage').waitFor();
    expect(await findings(visitor.page), 'room').toEqual([]);
    await visitor.page.getByRole('button', { name: say(reader.language, 'room:settings'), exact: true }).click();
    expect(await findings(visitor.page), 'settings').toEqual([]);
    expect(visitor.errors).toEqual([]);
    const targets = await visitor.page.locator('.room-controls button').evaluateAll((all) => all.map((button) => button.getBoundingClientRect().height));
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(44);
    await visitor.context.close();
  });

  test("a tutor's pages have no serious fault and no skipped heading", async () => {
    visitor = await browser.visit(reader);
    await signIn(visitor, teacher.email, teacher.password);
    for (const path of ['/', '/availability', '/profile', '/lessons', `/lessons/${lessonId}`]) await look(path);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });
});
