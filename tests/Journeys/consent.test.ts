import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor, type Lesson } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say, sayAny } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let guardian: Awaited<ReturnType<typeof register>>;
let father: Visitor;
let tutor: Visitor;
let lessonId: string;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  guardian = await register(server.origin, { name: 'Omar Haddad', role: 'guardian', country: 'GB', timeZone: 'Europe/London' });
  const { studentId } = await guardian.api.call<{ studentId: string }>('POST', `/v1/guardians/${guardian.ids.guardianId}/children`, {
    displayName: 'Layla',
    birthDate: '2015-03-14',
    country: 'GB',
    timeZone: 'Europe/London',
    locale: 'ar',
  });
  lessonId = await bookNow(teacher, { api: guardian.api, studentId, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  father = await browser.visit({ language: 'ar', locale: 'ar-AE', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } });
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } });
  await signIn(father, guardian.email, guardian.password);
  await signIn(tutor, teacher.email, teacher.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const missing = async () => (await teacher.api.call<Lesson & { recordingConsent: { missing: string[] } }>('GET', `/v1/lessons/${lessonId}`)).recordingConsent.missing;

/** What a person clicks; the input itself is hidden. */
const toggle = ({ page }: Visitor) => page.locator('.consent-switch').click();

async function readsWell({ page }: Visitor): Promise<void> {
  expect(await findings(page)).toEqual([]);
  const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(width, 'scrolls sideways').toBeLessThanOrEqual(window!);
}

test('A father agrees for his child and the tutor for herself, and the lesson says so', async () => {
  await father.page.goto('/children');
  await father.page.getByText(say('ar', 'consent.notGiven')).waitFor();
  await readsWell(father);
  expect((await father.page.locator('.consent-switch').boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await toggle(father);
  await father.page.getByText(sayAny('ar', 'consent.givenByYou')).waitFor();
  await readsWell(father);
  expect(await missing()).toEqual(['tutor']);

  await tutor.page.goto(`/lessons/${lessonId}`);
  await tutor.page.getByText(say('en', 'consent.lesson.missing', { names: 'Kim Seo-yeon' })).waitFor();
  await tutor.page.getByRole('link', { name: say('en', 'consent.lesson.own') }).click();
  await tutor.page.getByText(say('en', 'consent.what.own')).waitFor();
  await toggle(tutor);
  await tutor.page.getByText(sayAny('en', 'consent.givenByYou')).waitFor();
  expect(await missing()).toEqual([]);
  await tutor.page.goto(`/lessons/${lessonId}`);
  await tutor.page.getByText(say('en', 'consent.lesson.everybody')).waitFor();
  await readsWell(tutor);
});

test('He takes it back, and the lesson names his child', async () => {
  await toggle(father);
  await father.page.getByText(say('ar', 'consent.notGiven')).waitFor();
  expect(await missing()).toEqual(['student']);
  await tutor.page.goto(`/lessons/${lessonId}`);
  await tutor.page.getByText(say('en', 'consent.lesson.missing', { names: 'Layla' })).waitFor();
});

test('The family moves to the Emirates, and the lesson leaves the built-in room', async () => {
  const { page } = father;
  await page.getByRole('button', { name: say('ar', 'children.moveOf', { name: 'Layla' }) }).click();
  await readsWell(father);
  const country = page.getByRole('dialog').getByRole('combobox', { name: say('ar', 'person.country'), exact: true });
  const emirates = new Intl.DisplayNames('ar', { type: 'region' }).of('AE')!;
  await country.fill(emirates);
  await page.getByRole('option', { name: emirates, exact: true }).click();
  await page.getByRole('button', { name: say('ar', 'common.save'), exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.child', { hasText: emirates }).waitFor();
  // Nobody set up a service that may be used there.
  await teacher.api.until(lessonId, 'the law of the Emirates', (now) => now.meeting.state === 'no_provider_allowed');
  expect([...father.errors, ...tutor.errors]).toEqual([]);
});
