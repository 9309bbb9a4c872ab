import { afterAll, beforeAll, expect, test } from 'vitest';
import { Api, bookNow, madeUpPassword, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { enterRoom, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let operator: Visitor;
let lessonId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;

const shots = process.env.MUSE_JOURNEY_SHOTS;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  const admin = { email: 'ada@example.com', password: madeUpPassword() };
  await new Api(server.origin).call('POST', '/v1/accounts', {
    ...admin,
    displayName: 'Ada Park',
    roles: [],
    country: 'KR',
    timeZone: 'Asia/Seoul',
    locale: 'en',
    setupToken: /\/setup#(\S+)/.exec(server.printed())![1],
  });
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
  operator = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
  await signIn(operator, admin.email, admin.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const hasDataChannels = async () => ((await (await fetch(`${server.origin}/v1/health`)).json()) as { media: { dataChannels?: boolean } }).media.dataChannels === true;

const person = (role: string) => operator.page.locator(`.person-now[data-role="${role}"]`);

async function figure(within: ReturnType<typeof person>, key: string): Promise<string> {
  const pair = within.locator('.figures > div').filter({ has: operator.page.getByText(say('en', `roomsNow.${key}`), { exact: true }) });
  return (await pair.first().locator('dd').innerText()).trim();
}

test('The operator sees from the server’s page that nobody is in a room', async () => {
  await operator.page.goto('/administration');
  await operator.page.getByRole('link', { name: say('en', 'admin.roomsNow'), exact: true }).click();
  await operator.page.getByText(say('en', 'roomsNow.none')).waitFor();
});

test('When two meet, what they send and get and how they came in is there by itself, without their names', async () => {
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);

  // The browsers have said what they measured, which they do every five seconds.
  const seen = person('student').locator('.track-now').filter({ hasText: say('en', 'roomsNow.freezes') });
  await seen.waitFor({ timeout: 30_000 });
  const heard = person('student').locator('.track-now').filter({ hasText: say('en', 'roomsNow.concealed') });
  await heard.waitFor({ timeout: 30_000 });
  expect(await figure(heard, 'bitrate')).toMatch(/^\d+(\.\d+)? [kM]bit\/s$/);
  expect(await figure(seen, 'layer')).toMatch(/\d+ lines/);
  await expect.poll(() => figure(person('student'), 'roundTrip')).toMatch(/ms$/);
  expect(await figure(person('student'), 'path')).toBe(say('en', 'roomsNow.paths.udp'));
  // The server's pings at least; without libusrsctp there is no channel and no word of it.
  if (await hasDataChannels()) await expect.poll(() => figure(person('student'), 'data')).toMatch(/\d.* in · .*\d.* out/);
  expect(await figure(person('student'), 'processing')).toBe(say('en', 'roomsNow.processingOff'));
  for (const step of ['ticket', 'socket', 'offer', 'signalling', 'ice', 'dtls', 'keyFrame', 'total']) expect(await figure(person('student'), `step.${step}`)).toMatch(/ms$/);
  const text = await operator.page.locator('.room-now').innerText();
  expect(text).not.toMatch(/Seo-yeon|Oliver/);
  expect(await findings(operator.page)).toEqual([]);
  const width = await operator.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(width[0]).toBeLessThanOrEqual(width[1]!);
  if (shots) await operator.page.screenshot({ path: `${shots}/watch-phone.png`, fullPage: true });
  await operator.page.setViewportSize({ width: 1280, height: 900 });
  if (shots) await operator.page.screenshot({ path: `${shots}/watch-wide.png`, fullPage: true });
});

test('The same is scraped as series of the room, from this machine', async () => {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  expect(text).toMatch(new RegExp(`^muse_room_track_viewers_concealment_ratio\\{kind="audio",room="${lessonId}",track="[0-9a-f-]+"\\} `, 'm'));
  expect(text).toMatch(/^muse_rooms_join_time_seconds_count\{step="total"\} [12]$/m);
});

test('After the lesson its history says in plain words how sound and picture were', async () => {
  await tutor.page.getByRole('button', { name: say('en', 'room:settings'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLesson'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLessonSure'), exact: true }).click();
  await tutor.page.getByText(say('en', 'room:closed.ended')).waitFor();
  await teacher.api.until(lessonId, 'the report', (_, timeline) => timeline.some((item) => item.type === 'lesson_quality_reported'));
  await tutor.page.goto(`/lessons/${lessonId}`);
  const line = tutor.page.locator('.timeline-item').filter({ hasText: say('en', 'event.lesson_quality_reported') });
  const words = await line.locator('.timeline-why').innerText();
  expect([say('en', 'timeline.quality.good'), say('en', 'timeline.quality.sound', { number: '' }).trim(), say('en', 'timeline.quality.picture', { number: '' }).trim()]
    .some((start) => words.startsWith(start.replace('×', '')))).toBe(true);
  if (shots) await line.screenshot({ path: `${shots}/watch-timeline.png` });
  await operator.page.getByText(say('en', 'roomsNow.none')).waitFor();
  expect([...operator.errors, ...tutor.errors, ...student.errors]).toEqual([]);
});
