import { afterAll, beforeAll, expect, test } from 'vitest';
import { register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { findTutor } from './journey/booking';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

interface Series {
  id: string;
  state: string;
  lessons: { tutorLocal: string; studentLocal: string; state: string }[];
}

let server: MuseServer;
let browser: OpenBrowser;
let student: Visitor;
let tutor: Visitor;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;
let path: string;

const read = () => learner.api.call<Series>('GET', `/v1${path}`);

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  learner = await register(server.origin, { name: 'Noah Miller', role: 'student', country: 'US', timeZone: 'America/New_York', birthDate: '1994-08-21' });
  student = await browser.visit({ language: 'en', locale: 'en-US', timeZone: 'America/New_York' });
  tutor = await browser.visit({ language: 'ko', locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  await signIn(student, learner.email, learner.password);
  await signIn(tutor, teacher.email, teacher.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('A student in New York asks a teacher in Seoul for a year of weekly lessons and is told when the clocks move them', async () => {
  const { page } = student;
  await findTutor(student, 'Kim Seo-yeon');
  await page.locator('button.slot').nth(6).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(say('en', 'series.weekly'), { exact: true }).click();
  const count = dialog.getByRole('textbox', { name: say('en', 'series.count'), exact: true });
  await count.fill('52');
  await count.blur();
  // A year from any day on has New York's two changes, and Seoul has none.
  await expect.poll(() => dialog.locator('.clock-changes li').count()).toBe(2);
  expect(await dialog.locator('.clock-changes').innerText()).toContain('Noah Miller');
  expect(await findings(page)).toEqual([]);

  await dialog.getByRole('button', { name: say('en', 'series.request').replace('{{number}}', '52'), exact: true }).click();
  await page.waitForURL(/\/series\//);
  path = new URL(page.url()).pathname;
  const series = await read();
  expect(series.lessons).toHaveLength(52);
  expect(new Set(series.lessons.map((lesson) => lesson.tutorLocal.slice(11)))).toHaveProperty('size', 1);
  expect(new Set(series.lessons.map((lesson) => lesson.studentLocal.slice(11, 16)))).toHaveProperty('size', 2);
});

test('The teacher sees one request, and one yes makes the year', async () => {
  const { page } = tutor;
  await page.goto('/lessons');
  const confirm = page.getByRole('button', { name: say('ko', 'series.confirm'), exact: true });
  await confirm.waitFor();
  expect(await page.getByRole('button', { name: say('ko', 'booking.confirm'), exact: true }).count()).toBe(0);
  await confirm.click();
  await confirm.waitFor({ state: 'detached' });
  const series = await read();
  expect([series.state, new Set(series.lessons.map((lesson) => lesson.state))]).toEqual(['confirmed', new Set(['confirmed'])]);
});

test('Both see every lesson on both clocks, the far ones with a meeting that is made later', async () => {
  for (const [visitor, language] of [[student, 'en'], [tutor, 'ko']] as const) {
    await visitor.page.goto(path);
    await visitor.page.locator('ol > li').nth(51).waitFor();
    expect(await findings(visitor.page)).toEqual([]);
    const [width, window] = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(width).toBeLessThanOrEqual(window!);
    await visitor.page.getByRole('link', { name: say(language, 'series.number').replace('{{number}}', '52'), exact: true }).click();
    await visitor.page.getByText(say(language, 'lesson.later'), { exact: true }).first().waitFor();
  }
});

test('The student ends it, and what was to come is called off', async () => {
  const { page } = student;
  await page.goto(path);
  await page.getByRole('button', { name: say('en', 'series.end'), exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: say('en', 'series.end'), exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const series = await read();
  expect([series.state, new Set(series.lessons.map((lesson) => lesson.state))]).toEqual(['cancelled', new Set(['cancelled'])]);
  expect([...student.errors, ...tutor.errors]).toEqual([]);
});
