import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { testUnless } from './journey/long';
import { openOtherSite, played, stream, type OtherSite } from './journey/otherSite';
import { signIn } from './journey/people';
import { enterRoom, figures, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say, type Language } from './journey/texts';
import { startWhipClient, whipClientMissing, type WhipClient } from './journey/whipClient';

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let encoder: WhipClient | undefined;
let lessonId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let made: { url: string; token: string };
let site: OtherSite;

const shots = process.env.MUSE_JOURNEY_SHOTS;

beforeAll(async () => {
  site = await openOtherSite();
  server = await startServer({ Cors__Origins__0: site.origin });
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
});

afterAll(async () => {
  encoder?.stop();
  await browser?.close();
  await server?.stop();
  site?.close();
});

const words = (key: string) => say('en', `streamKeys.${key}`);
const card = () => tutor.page.locator('.stream-key');

async function isFit(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  expect(await findings(page), name).toEqual([]);
  const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(width, `${name} scrolls sideways`).toBeLessThanOrEqual(window!);
  if (shots) await page.screenshot({ path: `${shots}/stream-keys-${name}.png`, fullPage: true });
}

test('From the lesson the tutor makes a key, which is shown once with its address and what to do in OBS', async () => {
  const { page } = tutor;
  await page.goto(`/lessons/${lessonId}`);
  await page.getByRole('link', { name: words('open'), exact: true }).click();
  await page.getByText(words('none')).waitFor();
  await isFit(tutor, 'empty');
  await page.getByRole('button', { name: words('make'), exact: true }).click();
  const fresh = page.locator('.fresh-key');
  await expect.poll(() => fresh.getByRole('heading', { level: 2 }).evaluate((heading) => heading === document.activeElement)).toBe(true);
  const [url, token] = await fresh.locator('code').allInnerTexts();
  made = { url: url!, token: token! };
  expect(made.url).toBe(`${server.origin}/v1/rooms/${lessonId}/whip`);
  expect(made.token).toMatch(/^[\w-]{43}$/);
  expect(await fresh.locator('.key-steps li').count()).toBe(6);
  await isFit(tutor, 'fresh');
  await fresh.getByRole('button', { name: say('en', 'common.copy'), exact: true }).nth(1).click();
  await expect.poll(() => fresh.innerText()).toMatch(new RegExp(`${say('en', 'common.copied')}|${say('en', 'common.copyFailed')}`));

  await page.reload();
  await card().getByText(words('neverUsed')).waitFor();
  await card().getByText(words('idle')).waitFor();
  expect(await page.content()).not.toContain(made.token);
});

testUnless(whipClientMissing, 'An encoder sends by the key: the student sees and hears it, and the page says that the key is in use', async () => {
  await student.page.goto(`/lessons/${lessonId}/room`);
  await enterRoom(student);
  encoder = startWhipClient(made.url, made.token);
  await seeAndHear(student, 1);
  const [remote] = (await figures(student.page)).remotes;
  expect(remote).toMatchObject({ displayName: 'Kim Seo-yeon', role: 'tutor' });
  await card().getByText(words('running')).waitFor();
  expect(await card().getByText(words('neverUsed')).count()).toBe(0);
  if (shots) await student.page.screenshot({ path: `${shots}/stream-keys-room.png` });
});

test('A revoked key ends what runs by it, leaves the room and lets nobody in any more', async () => {
  const { page } = tutor;
  await card().getByRole('button', { name: words('revoke'), exact: true }).click();
  const question = page.getByRole('dialog', { name: words('revokeTitle') });
  await question.getByText(words(encoder ? 'revokeRunning' : 'revokeText')).waitFor();
  await isFit(tutor, 'revoke');
  await question.getByRole('button', { name: say('en', 'common.back'), exact: true }).click();
  await question.waitFor({ state: 'detached' });
  await card().getByRole('button', { name: words('revoke'), exact: true }).click();
  await question.getByRole('button', { name: words('revoke'), exact: true }).click();
  await page.getByText(words('revoked')).waitFor();
  await page.getByText(words('none')).waitFor();
  if (encoder) await expect.poll(async () => (await figures(student.page)).remotes, { timeout: 15_000 }).toEqual([]);
  const again = await fetch(made.url, { method: 'POST', headers: { Authorization: `Bearer ${made.token}`, 'Content-Type': 'application/sdp' }, body: 'v=0' });
  expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([401, 'stream_key_invalid']);
  expect([...tutor.errors, ...student.errors]).toEqual([]);
});

test('A page of another site publishes by WHIP, another plays it by WHEP, and goes on when the first publishes anew', async () => {
  const [publisher, player] = [await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' }), await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' })];
  for (const visitor of [publisher, player]) await visitor.page.goto(site.origin);
  const key = async (wanted: object) => (await teacher.api.call<{ token: string }>('POST', `/v1/lessons/${lessonId}/stream-keys`, wanted)).token;
  const [publish, watch] = [await key({ use: 'publish' }), await key({ use: 'watch', listeners: 5 })];
  const room = `${server.origin}/v1/rooms/${lessonId}`;
  const whip = () => publisher.page.evaluate(stream, { url: `${room}/whip`, token: publish, kind: 'whip' as const });

  expect(await whip()).toMatchObject({ status: 201, etag: '"ice-1"' });
  const watching = await player.page.evaluate(stream, { url: `${room}/whep?publisher=tutor`, token: watch, kind: 'whep' as const });
  expect(watching).toMatchObject({ status: 201, etag: '"ice-1"' });
  expect(watching.session).toMatch(/whep\//);
  const goesOn = async () => {
    const before = await player.page.evaluate(played);
    await player.page.waitForTimeout(500);
    const after = await player.page.evaluate(played);
    return after.frames > before.frames && after.energy > before.energy;
  };
  await expect.poll(goesOn, { timeout: 30_000 }).toBe(true);

  // The newest wins: the player's m-lines carry the new tracks without another offer.
  expect((await whip()).status).toBe(201);
  await player.page.waitForTimeout(1_000);
  await expect.poll(goesOn, { timeout: 30_000 }).toBe(true);
  const gone = await player.page.evaluate(async ([url, token]) => (await fetch(url!, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })).status, [new URL(watching.session!, server.origin).href, watch]);
  expect(gone).toBe(200);
  for (const visitor of [publisher, player]) {
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  }
});

describe.each<{ language: Language; locale: string }>([{ language: 'ko', locale: 'ko-KR' }, { language: 'ar', locale: 'ar-AE' }])('In $language on a phone', ({ language, locale }) => {
  test('an audience is let in by a key, and the page is fit to read', async () => {
    const visitor = await browser.visit({ language, locale, timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
    await signIn(visitor, teacher.email, teacher.password);
    const { page } = visitor;
    await page.goto(`/lessons/${lessonId}/stream-keys`);
    await page.getByText(say(language, 'streamKeys.use.audience'), { exact: true }).first().click();
    await page.getByRole('textbox', { name: say(language, 'streamKeys.listeners') }).waitFor();
    await isFit(visitor, `${language}-form`);
    await page.getByRole('button', { name: say(language, 'streamKeys.make'), exact: true }).click();
    expect(await page.locator('.fresh-key code').first().innerText()).toBe(`${server.origin}/v1/rooms/${lessonId}/whep`);
    await isFit(visitor, `${language}-fresh`);
    await page.getByRole('button', { name: say(language, 'streamKeys.done'), exact: true }).click();
    await page.locator('.stream-key').first().waitFor();
    await isFit(visitor, `${language}-list`);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });
});
