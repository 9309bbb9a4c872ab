import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { startImitations, type Imitations } from './journey/imitations';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let imitations: Imitations;
let server: MuseServer;
let browser: OpenBrowser;
let watcher: Visitor;
let guardian: Visitor;
let father: Awaited<ReturnType<typeof register>>;
const lessons: string[] = [];

const at = (provider: 'Zoom' | 'GoogleMeet') =>
  new URL(imitations.settings[provider === 'Zoom' ? 'Meetings__Zoom__ApiUrl' : 'Meetings__GoogleMeet__MeetUrl']!).origin;

async function turn(title: RegExp, down: boolean): Promise<void> {
  const section = watcher.page.locator('section', { has: watcher.page.getByRole('heading', { name: title }) });
  await section.getByRole('button', { name: down ? 'Take it down' : 'Bring it up again' }).click();
  await section.getByRole('button', { name: down ? 'Bring it up again' : 'Take it down' }).waitFor();
}

const turnZoom = (down: boolean) => turn(/^Zoom/, down);

/** The page behind "Open Zoom", in the tab of its own that it opens, once Zoom is down. */
async function openShutDoor(lessonId: string) {
  await turnZoom(true);
  // A meeting that was seen less than half a minute ago is not looked at again.
  const through = () => father.api.call<{ unanswered?: boolean }>('POST', `/v1/lessons/${lessonId}/join`);
  await expect.poll(async () => (await through()).unanswered, { timeout: 60_000, interval: 1_000 }).toBe(true);
  await guardian.page.goto(`/lessons/${lessonId}`);
  const [door] = await Promise.all([
    guardian.context.waitForEvent('page'),
    guardian.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Zoom' }), exact: true }).click(),
  ]);
  await door.getByText(say('en', 'where.stuckText')).waitFor();
  return door;
}

beforeAll(async () => {
  imitations = await startImitations();
  server = await startServer(imitations.settings);
  browser = await openBrowser(server.origin);
  watcher = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await watcher.page.goto(imitations.page);
  father = await register(server.origin, { name: 'Omar Haddad', role: 'guardian', country: 'AE', timeZone: 'Asia/Dubai' });
  // Each child with a tutor of its own, who is free at once: the door of a lesson in a few minutes is open.
  for (const [child, tutor] of [['Layla', 'Kim Seo-yeon'], ['Salma', 'Park Ji-hoon'], ['Yusuf', 'Choi Min-jun']] as const) {
    const { studentId } = await father.api.call<{ studentId: string }>('POST', `/v1/guardians/${father.ids.guardianId}/children`, {
      displayName: child,
      birthDate: '2015-03-14',
      country: 'AE',
      timeZone: 'Asia/Dubai',
      locale: 'ar',
    });
    const lessonId = await bookNow(await registerTutor(server.origin, tutor), { api: father.api, studentId, timeZone: 'Asia/Dubai' });
    const lesson = await father.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
    expect(lesson.meeting.provider).toBe('zoom');
    lessons.push(lessonId);
  }
  guardian = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Dubai', viewport: { width: 390, height: 844 } });
  await signIn(guardian, father.email, father.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  imitations?.stop();
});

test('With Zoom down after the lesson was arranged there, its guest goes on elsewhere by one press and is let in there', async () => {
  const lessonId = lessons.pop()!;
  const door = await openShutDoor(lessonId);
  expect(await findings(door)).toEqual([]);
  await door.getByRole('button', { name: say('en', 'where.goOn'), exact: true }).click();

  await door.waitForURL((url) => url.origin === at('GoogleMeet'));
  await door.getByLabel('Your name').fill('Layla');
  await door.getByRole('button', { name: 'Come in' }).click();
  await door.getByText('You are in').waitFor();
  await door.close();
  // The page that stayed open says where the others are now, and that is where its button leads.
  await guardian.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Google Meet' }), exact: true }).waitFor({ timeout: 15_000 });
  expect((await father.api.lesson(lessonId)).meeting).toMatchObject({ provider: 'google-meet', state: 'ready' });
  expect(guardian.errors).toEqual([]);
  await turnZoom(false);
});

test('The old address may still let a guest in: it is offered beside going on, and leads to Zoom', async () => {
  const lessonId = lessons.pop()!;
  const door = await openShutDoor(lessonId);
  await turnZoom(false);
  await door.getByRole('button', { name: say('en', 'where.openAnyway', { provider: 'Zoom' }), exact: true }).click();

  await door.waitForURL((url) => url.origin === at('Zoom'));
  await door.getByLabel('Your name').fill('Layla');
  await door.getByRole('button', { name: 'Come in' }).click();
  await door.getByText('You are in').waitFor();
  expect((await father.api.lesson(lessonId)).meeting).toMatchObject({ provider: 'zoom', state: 'ready' });
  expect(guardian.errors).toEqual([]);
});

test('Going on while Zoom answers again leads nobody away, and the door opens there', async () => {
  const lessonId = lessons.pop()!;
  const door = await openShutDoor(lessonId);
  await turnZoom(false);
  await door.getByRole('button', { name: say('en', 'where.goOn'), exact: true }).click();
  await door.getByText(say('en', 'where.answersAgain')).waitFor();
  await door.getByRole('button', { name: say('en', 'where.openAgain'), exact: true }).click();
  await door.waitForURL((url) => url.origin === at('Zoom'));
  expect((await father.api.lesson(lessonId)).meeting).toMatchObject({ provider: 'zoom', state: 'ready' });
});

test('With Jitsi down its student and its tutor both read so behind the door, and one press each leads them to the same room', async () => {
  const teacher = await registerTutor(server.origin, 'Jung Ha-eun');
  await teacher.api.call('PUT', `/v1/tutors/${teacher.ids.tutorId}/meeting-preferences`, { order: ['jitsi'], musicMode: true, recording: false }, { 'If-None-Match': '*' });
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  const lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  expect((await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready')).meeting.provider).toBe('jitsi');
  const student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } });
  const tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await Promise.all([signIn(student, learner.email, learner.password), signIn(tutor, teacher.email, teacher.password)]);

  await turn(/^Jitsi \(JaaS\)/, true);
  const through = () => learner.api.call<{ unanswered?: boolean }>('POST', `/v1/lessons/${lessonId}/join`);
  await expect.poll(async () => (await through()).unanswered, { timeout: 60_000, interval: 1_000 }).toBe(true);
  const doors = [];
  for (const visitor of [student, tutor]) {
    await visitor.page.goto(`/lessons/${lessonId}`);
    const link = visitor.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Jitsi' }), exact: true });
    const [door] = await Promise.all([visitor.context.waitForEvent('page'), link.click()]);
    await door.getByText(say('en', 'where.stuckText')).waitFor();
    doors.push(door);
  }
  for (const door of doors) {
    await door.getByRole('button', { name: say('en', 'where.goOn'), exact: true }).click();
    await door.waitForURL((url) => url.pathname === `/lessons/${lessonId}/room`);
  }
  expect((await teacher.api.lesson(lessonId)).meeting).toMatchObject({ provider: 'built-in', state: 'ready' });
  await turn(/^Jitsi \(JaaS\)/, false);
  await Promise.all([student.context.close(), tutor.context.close()]);
});
