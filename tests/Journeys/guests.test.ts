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
let guest: Visitor;
let lessonId: string;
let link: string;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  const teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Emma Clarke', role: 'student', country: 'GB', timeZone: 'Europe/London' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 768, height: 1024 } });
  // Has no account, and reads from right to left.
  guest = await browser.visit({ language: 'ar', locale: 'ar-JO', timeZone: 'Asia/Amman', viewport: { width: 390, height: 844 } });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const shots = process.env.MUSE_JOURNEY_SHOTS;

async function shoot(visitor: Visitor, name: string): Promise<void> {
  if (shots) await visitor.page.screenshot({ path: `${shots}/guests-${name}.png`, fullPage: true });
}

/** The page scrolls in one direction only. */
async function fits({ page }: Visitor): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

async function choose({ page, language }: Visitor, country: string): Promise<void> {
  const box = page.getByRole('combobox', { name: say(language, 'guest.country') });
  await box.fill(country);
  await page.getByRole('option', { name: country, exact: true }).click();
}

async function comeAs(visitor: Visitor, name: string, country: string): Promise<void> {
  const { page, language } = visitor;
  await page.goto(new URL(link).pathname + new URL(link).hash);
  await page.getByLabel(say(language, 'person.displayName'), { exact: true }).fill(name);
  await choose(visitor, country);
  await page.getByRole('button', { name: say(language, 'guest.go'), exact: true }).click();
}

test('The tutor makes a link on the lesson’s page; the student sees nothing of it', async () => {
  const { page } = tutor;
  await page.goto(`/lessons/${lessonId}`);
  await page.getByRole('button', { name: say('en', 'guests.make'), exact: true }).click();
  link = (await page.locator('.guests-fresh code').textContent()) ?? '';
  expect(link).toMatch(/\/guest#[\w-]{43}$/);
  await page.getByText(say('en', 'guests.thisOne')).waitFor();
  await shoot(tutor, 'invite-desktop');
  await student.page.goto(`/lessons/${lessonId}`);
  await student.page.getByRole('heading', { name: say('en', 'lesson.link') }).waitFor();
  expect(await student.page.getByText(say('en', 'guests.title')).count()).toBe(0);
});

test('Where the law forbids such rooms the link is no way around', async () => {
  await comeAs(guest, 'سلمى', 'الإمارات العربية المتحدة');
  await guest.page.getByText(say('ar', 'problem.not_allowed_in_country')).waitFor();
  await fits(guest);
  await shoot(guest, 'not-allowed-phone');
  expect(new URL(guest.page.url()).pathname).toBe('/guest');
});

test('The guest checks picture and sound, waits before the open door, and is let in by name', async () => {
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
  const { page } = guest;
  await comeAs(guest, 'سلمى', 'الأردن');
  await page.waitForURL((url) => url.pathname === '/guest/room');
  await page.getByRole('heading', { name: say('ar', 'room:greenRoom') }).waitFor();
  expect(await page.locator('.room-green header').textContent()).not.toContain('Emma');
  await fits(guest);
  await shoot(guest, 'green-room-phone');
  // A reload asks for nothing again; the small picture is because four share this machine.
  await page.evaluate(() => window.history.replaceState(window.history.state, '', '?height=360'));
  await page.reload();
  await page.getByRole('button', { name: say('ar', 'room:enter'), exact: true }).click();
  await page.getByRole('heading', { name: say('ar', 'room:atTheDoor.title') }).waitFor();
  await shoot(guest, 'waiting-phone');
  const admit = tutor.page.locator('.room-notices').getByRole('button', { name: `${say('en', 'room:people.admit')}: سلمى` });
  await admit.waitFor();
  expect(await tutor.page.locator('.room-notices').textContent()).toContain(say('en', 'room:role.guest'));
  expect(await student.page.locator('.room-notices').textContent()).not.toContain('سلمى');
  await shoot(tutor, 'guest-waits');
  await admit.click();
  await page.locator('.room-stage').waitFor();
});

test('The guest is seen and heard with a name tag, and has no rights over the room', async () => {
  await Promise.all([seeAndHear(tutor, 2), seeAndHear(student, 2), seeAndHear(guest, 2)]);
  expect((await figures(student.page)).remotes.find((remote) => remote.displayName === 'سلمى')?.role).toBe('guest');
  await student.page.locator('.room-remote[data-role="guest"]', { hasText: say('en', 'room:role.guest') }).waitFor();
  await shoot(student, 'guest-seen-tablet');
  const { page } = guest;
  await page.getByRole('button', { name: say('ar', 'room:people.title'), exact: true }).click();
  expect(await page.getByLabel(say('ar', 'room:people.door')).count()).toBe(0);
  await page.locator('dialog[open]').getByRole('button', { name: say('ar', 'room:done'), exact: true }).click();
  await shoot(guest, 'inside-phone');
});

test('Who was let in comes back after a reload without waiting', async () => {
  const { page } = guest;
  await page.reload();
  await page.getByRole('button', { name: say('ar', 'room:enter'), exact: true }).click();
  await page.locator('.room-stage').waitFor();
  await seeAndHear(guest, 2);
  expect(await tutor.page.locator('.room-notices').getByText('سلمى').count()).toBe(0);
});

test('A revoked link says so, also to who waits by it, and whoever is in stays', async () => {
  const late = await browser.visit({ language: 'ko', locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  await comeAs(late, '박지훈', '대한민국');
  await late.page.getByRole('button', { name: say('ko', 'room:enter'), exact: true }).click();
  await late.page.getByRole('heading', { name: say('ko', 'room:atTheDoor.title') }).waitFor();
  const look = await tutor.context.newPage();
  await look.goto(`/lessons/${lessonId}`);
  await look.getByText(say('en', 'guests.came', { number: '1' })).waitFor({ timeout: 60_000 });
  await look.getByRole('button', { name: new RegExp(`^${say('en', 'guests.revoke')}`) }).click();
  await look.getByRole('dialog').getByRole('button', { name: say('en', 'guests.revoke'), exact: true }).click();
  await look.getByRole('list', { name: say('en', 'guests.links') }).waitFor({ state: 'detached' });
  await look.close();
  await late.page.getByText(say('ko', 'room:refusal.guest_link_over')).waitFor();
  await comeAs(late, '박지훈', '대한민국');
  await late.page.getByText(say('ko', 'problem.guest_link_over')).waitFor();
  await fits(late);
  await shoot(late, 'revoked-phone');
  await seeAndHear(guest, 2);
});

test('The tutor ends the lesson and the guest is shown out', async () => {
  await tutor.page.getByRole('button', { name: say('en', 'room:settings'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLesson'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLessonSure'), exact: true }).click();
  await guest.page.getByText(say('ar', 'room:closed.ended')).waitFor();
  await shoot(guest, 'shown-out-phone');
  for (const visitor of [tutor, student]) expect(visitor.errors).toEqual([]);
  // The refusal that was asked for.
  expect(guest.errors.filter((error) => !error.includes('403'))).toEqual([]);
});
