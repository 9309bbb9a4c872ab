import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { blockMedia } from './journey/blocked';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { startImitations, type Imitations } from './journey/imitations';
import { signIn } from './journey/people';
import { enterRoom } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say, sayAny } from './journey/texts';

interface Pair {
  tutor: Visitor;
  student: Visitor;
  lessonId: string;
  at(id: string): Promise<{ meeting: { provider?: string | null } }>;
}

let browser: OpenBrowser;
let server: MuseServer;
let imitations: Imitations;

/** Both in the room of a lesson that has just opened; the student's network lets no media through. */
async function bothInside(): Promise<Pair> {
  const teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  const lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  const tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  const student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } });
  await blockMedia(student.page, 'nothing works');
  await Promise.all([signIn(tutor, teacher.email, teacher.password), signIn(student, learner.email, learner.password)]);
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  return { tutor, student, lessonId, at: (id) => teacher.api.lesson(id) };
}

const title = (visitor: Visitor) => visitor.page.getByRole('heading', { name: say('en', 'room:fallback.title') });
const go = (visitor: Visitor) => visitor.page.getByRole('button', { name: say('en', 'room:fallback.go'), exact: true });

beforeAll(async () => {
  imitations = await startImitations();
  // Of other services only Jitsi.
  server = await startServer(Object.fromEntries(Object.entries(imitations.settings).filter(([name]) => name.startsWith('Meetings__Jitsi__'))));
  browser = await openBrowser(server.origin);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  imitations?.stop();
});

test('A room that does not connect offers another service to both after twenty seconds; one press takes both there', async () => {
  const { tutor, student, lessonId, at } = await bothInside();
  const entered = Date.now();
  await title(student).waitFor({ timeout: 30_000 });
  // Nobody is sent away from a room that is only slow to connect.
  expect(Date.now() - entered).toBeGreaterThan(15_000);
  expect(await findings(student.page)).toEqual([]);
  await title(tutor).waitFor({ timeout: 30_000 });

  await go(student).click();
  for (const visitor of [student, tutor]) {
    await visitor.page.getByRole('heading', { name: sayAny('en', 'room:heldElsewhere') }).waitFor();
    const link = visitor.page.getByRole('link', { name: say('en', 'room:goThere'), exact: true });
    expect(new URL((await link.getAttribute('href'))!).origin).toBe(imitations.settings.Meetings__Jitsi__BaseUrl);
  }
  expect((await at(lessonId)).meeting.provider).toBe('jitsi');
  await Promise.all([tutor.context.close(), student.context.close()]);
});

test('Where there is no other service the page says what to try', async () => {
  await server.stop();
  await browser.close();
  server = await startServer();
  browser = await openBrowser(server.origin);
  const { tutor, student, lessonId, at } = await bothInside();
  await title(student).waitFor({ timeout: 40_000 });

  await go(student).click();
  await student.page.getByText(say('en', 'room:fallback.none')).waitFor();
  await student.page.getByText(say('en', 'room:fallback.otherNetwork')).waitFor();
  expect(await student.page.getByRole('link', { name: say('en', 'room:testConnection'), exact: true }).getAttribute('href')).toContain('/preflight');
  expect((await at(lessonId)).meeting.provider).toBe('built-in');
  await Promise.all([tutor.context.close(), student.context.close()]);
});
