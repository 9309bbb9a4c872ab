import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { startImitations, type Imitations } from './journey/imitations';
import { startServer, type MuseServer } from './journey/server';

let imitations: Imitations;
let server: MuseServer;
let browser: OpenBrowser;
let watcher: Visitor;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let father: Awaited<ReturnType<typeof register>>;
let childId: string;

/** What the imitations' page shows of one provider. */
const at = (provider: string) => watcher.page.locator('section', { has: watcher.page.getByRole('heading', { name: provider, exact: false }) });
const rows = (provider: string) => at(provider).locator('tr', { has: watcher.page.locator('td') });
const child = () => ({ api: father.api, studentId: childId, timeZone: 'Asia/Dubai' });

interface Booking {
  id: string;
  version: number;
  start: string;
}

beforeAll(async () => {
  imitations = await startImitations();
  server = await startServer(imitations.settings);
  browser = await openBrowser(imitations.page);
  watcher = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  father = await register(server.origin, { name: 'Omar Haddad', role: 'guardian', country: 'AE', timeZone: 'Asia/Dubai' });
  const made = await father.api.call<{ studentId: string }>('POST', `/v1/guardians/${father.ids.guardianId}/children`, {
    displayName: 'Layla',
    birthDate: '2015-03-14',
    country: 'AE',
    timeZone: 'Asia/Dubai',
    locale: 'ar',
  });
  childId = made.studentId;
  await watcher.page.goto('/');
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  imitations?.stop();
});

test('The child in Abu Dhabi gets Zoom without asking; the meeting there moves and goes with the lesson', async () => {
  const lessonId = await bookNow(teacher, child());
  const lesson = await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  expect(lesson.meeting.provider).toBe('zoom');
  await rows('Zoom').first().waitFor();
  expect(await rows('Zoom').count()).toBe(1);
  expect(await findings(watcher.page)).toEqual([]);
  const shown = (iso: string) => new Date(iso).toISOString().slice(0, 16).replace('T', ' ');
  await rows('Zoom').getByText(shown(lesson.start)).waitFor();

  const [booking] = (await teacher.api.call<{ items: Booking[] }>('GET', '/v1/bookings?state=confirmed')).items;
  const later = new Date(Date.parse(lesson.start) + 86_400_000);
  const moved = await teacher.api.call<Booking>(
    'POST',
    `/v1/bookings/${booking!.id}/reschedule`,
    { startLocal: later.toISOString().slice(0, 19), timeZone: 'Etc/UTC' },
    { 'If-Match': `"${booking!.version}"` },
  );
  await rows('Zoom').getByText(shown(moved.start)).waitFor();
  await teacher.api.call('POST', `/v1/bookings/${booking!.id}/cancel`, undefined, { 'If-Match': `"${moved.version}"` });
  await at('Zoom').getByText('It holds no meeting.').waitFor();
});

test('The student in London gets the built-in room, and no provider hears of it', async () => {
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  const lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  expect((await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready')).meeting.provider).toBe('built-in');
  await watcher.page.reload();
  expect(await watcher.page.locator('td').count()).toBe(0);
});

test('With Zoom down, the child still gets a link, and it opens', async () => {
  await at('Zoom').getByRole('button', { name: 'Take it down' }).click();
  await at('Zoom').getByText('is down').waitFor();
  // Another tutor is free at once. So near to its start a lesson has no time for trying Zoom again.
  const other = await registerTutor(server.origin, 'Park Ji-hoon');
  const lessonId = await bookNow(other, child());
  const lesson = await other.api.until(lessonId, 'a meeting at another provider', (now) => now.meeting.state === 'ready', 120_000);
  expect(lesson.meeting.provider).toBe('google-meet');
  expect((await other.api.timeline(lessonId)).map((item) => item.type)).toContain('meeting_arrangement_failed');

  const { joinUrl } = await father.api.call<{ joinUrl: string }>('POST', `/v1/lessons/${lessonId}/join`);
  await watcher.page.goto(joinUrl);
  await watcher.page.getByLabel('Your name').fill('Layla');
  await watcher.page.getByRole('button', { name: 'Come in' }).click();
  await watcher.page.getByText('You are in').waitFor();
  await watcher.page.goto('/');
  await rows('Google Meet').getByText('started').waitFor();
  await rows('Google Meet').getByRole('button', { name: 'Layla leaves' }).waitFor();
});
