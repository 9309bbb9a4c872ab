import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { programOf } from './journey/built';
import { signIn } from './journey/people';
import { enterRoom, figures, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';

const others = 6;

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let lessonId: string;
let crowd: ChildProcess | undefined;
let lines: AsyncIterator<string>;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  const teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 1280, height: 800 } });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 768, height: 1024 } });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  const key = async (wanted: object) => (await teacher.api.call<{ token: string }>('POST', `/v1/lessons/${lessonId}/stream-keys`, wanted)).token;
  const audience = await key({ use: 'watch', listeners: others });
  const keys = [];
  for (let i = 0; i < others; i++) keys.push(await key({ use: 'publish' }));
  crowd = spawn('dotnet', [programOf('bench/Lessons', 'Muse.Lessons'), 'enter', `127.0.0.1:${server.mediaPort}`, `${server.origin}/v1/rooms/${lessonId}`, audience, ...keys], { stdio: ['pipe', 'pipe', 'inherit'] });
  lines = createInterface({ input: crowd.stdout! })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('in');
});

afterAll(async () => {
  crowd?.kill('SIGKILL');
  await browser?.close();
  await server?.stop();
});

test('Of eight, both browsers see all the others on the stage and get what each of them sends', async () => {
  for (const visitor of [tutor, student]) {
    await expect.poll(() => visitor.page.locator('.room-remote').count(), { timeout: 60_000 }).toBe(others + 1);
    const arriving = async () => {
      const packets = async (kind: string) => (await figures(visitor.page)).inbound.filter((line) => line.kind === kind).map((line) => [line.trackIdentifier, line.packetsReceived] as const);
      const before = new Map([...(await packets('audio')), ...(await packets('video'))]);
      await visitor.page.waitForTimeout(1_000);
      const grown = async (kind: string) => (await packets(kind)).filter(([track, count]) => count > (before.get(track) ?? count)).length;
      return [await grown('audio'), await grown('video')];
    };
    await expect.poll(arriving, { timeout: 60_000 }).toEqual([others + 1, others + 1]);
  }
  // And each other, as before the others came.
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
  if (process.env.MUSE_JOURNEY_SHOTS)
    for (const [visitor, name] of [[tutor, 'desktop'], [student, 'tablet']] as const) await visitor.page.screenshot({ path: `${process.env.MUSE_JOURNEY_SHOTS}/eight-${name}.png` });
  for (const visitor of [tutor, student]) {
    const [width, window] = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(width, 'scrolls sideways').toBeLessThanOrEqual(window!);
    expect(visitor.errors).toEqual([]);
  }
});

test('On a phone each of them is to be seen, and who is scrolled away is not asked for', async () => {
  const { page } = student;
  const heights = () => page.locator('.room-remote').evaluateAll((tiles) => tiles.map((tile) => tile.getBoundingClientRect().height));
  const pictures = async () => {
    const count = async () => new Map((await figures(page)).inbound.filter((line) => line.kind === 'video').map((line) => [line.trackIdentifier, line.packetsReceived]));
    const before = await count();
    await page.waitForTimeout(1_000);
    return [...(await count())].filter(([track, packets]) => packets > (before.get(track) ?? packets)).length;
  };
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(async () => Math.min(...(await heights()))).toBeGreaterThanOrEqual(120);
  if (process.env.MUSE_JOURNEY_SHOTS) await page.screenshot({ path: `${process.env.MUSE_JOURNEY_SHOTS}/eight-phone.png` });
  await page.setViewportSize({ width: 390, height: 300 });
  await expect.poll(async () => Math.min(...(await heights()))).toBeGreaterThanOrEqual(120);
  await expect.poll(pictures, { timeout: 30_000 }).toBeLessThan(others + 1);
  await page.locator('.room-remote').last().scrollIntoViewIfNeeded();
  await page.setViewportSize({ width: 768, height: 1024 });
  await expect.poll(pictures, { timeout: 60_000 }).toBe(others + 1);
});

test('The six get the student, too, and when they go the two are alone again', async () => {
  crowd!.stdin!.end();
  const got = String((await lines.next()).value).split(' ').map(Number);
  expect(got).toHaveLength(others);
  for (const packets of got) expect(packets).toBeGreaterThan(100);
  for (const visitor of [tutor, student]) await expect.poll(() => visitor.page.locator('.room-remote').count(), { timeout: 60_000 }).toBe(1);
});
