import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { startImitations, type Imitations } from './journey/imitations';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say, sayAny } from './journey/texts';

let imitations: Imitations;
let server: MuseServer;
let browser: OpenBrowser;
let watcher: Visitor;

beforeAll(async () => {
  imitations = await startImitations();
  server = await startServer(imitations.settings);
  browser = await openBrowser(server.origin);
  watcher = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await watcher.page.goto(imitations.page);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  imitations?.stop();
});

const provider = (title: string) => watcher.page.locator('section', { has: watcher.page.getByRole('heading', { name: new RegExp(`^${title}`) }) });

test('With every provider down the page says so, and one press has the lesson arranged once they are back', async () => {
  for (const title of ['Zoom', 'Google Meet']) {
    await provider(title).getByRole('button', { name: 'Take it down' }).click();
    await provider(title).getByText('is down').waitFor();
  }
  const father = await register(server.origin, { name: 'Omar Haddad', role: 'guardian', country: 'AE', timeZone: 'Asia/Dubai' });
  const { studentId } = await father.api.call<{ studentId: string }>('POST', `/v1/guardians/${father.ids.guardianId}/children`, {
    displayName: 'Layla',
    birthDate: '2015-03-14',
    country: 'AE',
    timeZone: 'Asia/Dubai',
    locale: 'ar',
  });
  const teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  await signIn(tutor, teacher.email, teacher.password);
  // Minutes before a lesson nobody waits for trouble to pass: it has failed at once.
  const lessonId = await bookNow(teacher, { api: father.api, studentId, timeZone: 'Asia/Dubai' });
  await tutor.page.goto(`/lessons/${lessonId}`);
  const again = tutor.page.getByRole('button', { name: say('en', 'lesson.tryAgain'), exact: true });
  await again.waitFor({ timeout: 30_000 });
  expect(await findings(tutor.page)).toEqual([]);
  await again.click();
  await tutor.page.getByText(sayAny('en', 'problem.tried_just_now')).waitFor();

  await provider('Zoom').getByRole('button', { name: 'Bring it up again' }).click();
  await provider('Zoom').getByRole('button', { name: 'Take it down' }).waitFor();
  // Half a minute after the failure it is taken.
  const open = tutor.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Zoom' }), exact: true });
  await expect.poll(async () => {
    if (await again.isVisible()) await again.click();
    return open.isVisible();
  }, { timeout: 60_000, interval: 3_000 }).toBe(true);
  // The button went away with what it did: the focus stays where it stood, and what came of it is said.
  await expect.poll(() => tutor.page.evaluate(() => document.activeElement?.className)).toBe('join-place');
  await tutor.page.getByRole('status').getByText(say('en', 'lesson.meetingReady'), { exact: true }).waitFor();
  await tutor.page.getByText(say('en', 'event.meeting_tried_again')).waitFor();
  // Both had failed, and Zoom did not take anybody's place.
  expect(await tutor.page.getByText(say('en', 'where.replaced', { failed: 'Google Meet', provider: 'Zoom' })).count()).toBe(0);
});

test('A lesson whose time has come offers no change that the server would refuse', async () => {
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  const teacher = await registerTutor(server.origin, 'Lee Ha-neul');
  const lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  const tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await signIn(tutor, teacher.email, teacher.password);
  await tutor.page.goto(`/lessons/${lessonId}`);
  const change = tutor.page.getByRole('heading', { name: say('en', 'lesson.change'), exact: true });
  await change.waitFor();
  await tutor.page.getByRole('button', { name: say('en', 'booking.reschedule'), exact: true }).waitFor();

  // The server's clock cannot be turned from here: its answers say that the lesson began a minute ago.
  const begun = new Date(Date.now() - 60_000).toISOString();
  for (const path of ['lessons', 'bookings'])
    await tutor.page.route(new RegExp(`/v1/${path}/[0-9a-f-]{36}$`), async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), start: begun } });
    });
  await tutor.page.reload();
  await tutor.page.getByRole('heading', { name: say('en', 'lesson.link'), exact: true }).waitFor();
  await tutor.page.waitForLoadState('networkidle');
  expect(await change.count()).toBe(0);
  expect(await tutor.page.getByRole('button', { name: say('en', 'booking.reschedule'), exact: true }).count()).toBe(0);
  await tutor.context.close();
});
