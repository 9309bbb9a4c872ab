import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { enterRoom, figures, leaveRoom, movingPictures, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let child: Visitor;
let mother: Visitor;
let lessonId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const guardian = await register(server.origin, { name: 'Emma Clarke', role: 'guardian', country: 'GB', timeZone: 'Europe/London' });
  const { studentId } = await guardian.api.call<{ studentId: string }>('POST', `/v1/guardians/${guardian.ids.guardianId}/children`, {
    displayName: 'Lily',
    birthDate: '2015-03-14',
    country: 'GB',
    timeZone: 'Europe/London',
    locale: 'en',
  });
  const { link } = await guardian.api.call<{ link: string }>('POST', `/v1/guardians/${guardian.ids.guardianId}/children/${studentId}/device-links`);
  lessonId = await bookNow(teacher, { api: guardian.api, studentId, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');

  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } });
  child = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 768, height: 1024 } });
  mother = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(mother, guardian.email, guardian.password);
  // The child's tablet opens the one-time link; the child has no password.
  await child.page.goto(new URL(link).pathname + new URL(link).hash);
  await child.page.getByRole('button', { name: say('en', 'device.enter'), exact: true }).click();
  await child.page.waitForURL((url) => url.pathname !== '/device');
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const shots = process.env.MUSE_JOURNEY_SHOTS;

async function shoot(visitor: Visitor, name: string): Promise<void> {
  if (shots) await visitor.page.screenshot({ path: `${shots}/classroom-${name}.png` });
}

async function people(visitor: Visitor): Promise<void> {
  await visitor.page.getByRole('button', { name: say('en', 'room:people.title'), exact: true }).click();
}

async function done(visitor: Visitor): Promise<void> {
  await visitor.page.locator('dialog[open]').getByRole('button', { name: say('en', 'room:done'), exact: true }).click();
}

test('The tutor is in, the child comes in at once, and the door is closed behind them', async () => {
  for (const visitor of [tutor, child]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(child, 1)]);
  await people(tutor);
  // Closed is what the server says is closed: the box is checked when its word is back.
  const door = tutor.page.getByLabel(say('en', 'room:people.door'));
  await door.click();
  await expect.poll(() => door.isChecked()).toBe(true);
  await done(tutor);
});

test('The mother waits, is seen waiting, and is let in', async () => {
  const { page } = mother;
  await page.goto(`/lessons/${lessonId}/room?height=360`);
  await page.getByRole('button', { name: say('en', 'room:enter'), exact: true }).click();
  await page.getByRole('heading', { name: say('en', 'room:atTheDoor.title') }).waitFor();
  await shoot(mother, 'waiting-phone');
  const admit = tutor.page.locator('.room-notices').getByRole('button', { name: new RegExp(`^${say('en', 'room:people.admit')}: `) });
  await admit.waitFor();
  await shoot(tutor, 'someone-waits');
  await admit.click();
  await page.locator('.room-stage').waitFor();
  await Promise.all([seeAndHear(tutor, 2), seeAndHear(child, 2), seeAndHear(mother, 2)]);
});

test('The two who were there first send their pictures in layers now, and nobody loses sight of them', async () => {
  const layers = async (visitor: Visitor) => new Set((await figures(visitor.page)).outbound.filter((line) => line.kind === 'video').map((line) => line.rid)).size;
  for (const visitor of [tutor, child]) await expect.poll(() => layers(visitor), { timeout: 30_000 }).toBe(3);
  // The single pictures are gone, and each sees two people who move.
  await Promise.all([tutor, child, mother].map(async (visitor) => {
    await expect.poll(() => movingPictures(visitor.page), { timeout: 30_000 }).toBe(2);
  }));
});

test('Mute everyone: nothing of the others is passed on any more, and they are told', async () => {
  await people(tutor);
  await tutor.page.getByRole('button', { name: say('en', 'room:people.silenceAll'), exact: true }).click();
  await done(tutor);
  for (const visitor of [child, mother]) await visitor.page.getByText(say('en', 'room:silenced.audio')).waitFor();
  await shoot(child, 'silenced-tablet');
  const packets = async () => {
    const sounds = (await figures(tutor.page)).inbound.filter((line) => line.kind === 'audio').map((line) => line.packetsReceived);
    return sounds.reduce((sum, of) => sum + of, 0);
  };
  await expect.poll(async () => {
    const before = await packets();
    await tutor.page.waitForTimeout(1_000);
    return (await packets()) - before;
  }, { timeout: 20_000 }).toBe(0);

  await people(tutor);
  await tutor.page.getByRole('button', { name: say('en', 'room:people.hearAll'), exact: true }).click();
  await done(tutor);
  await child.page.getByText(say('en', 'room:silenced.audio')).waitFor({ state: 'detached' });
  await seeAndHear(tutor, 2);
});

test('The spotlight makes one large for everybody', async () => {
  await people(tutor);
  await tutor.page.getByRole('button', { name: new RegExp(`^${say('en', 'room:people.spotlight')}: Lily`) }).click();
  await done(tutor);
  for (const visitor of [tutor, mother]) await visitor.page.locator('.room-remote[data-large="true"]', { hasText: 'Lily' }).waitFor();
  await shoot(tutor, 'spotlight-desktop');
  await shoot(mother, 'spotlight-phone');
});

test('The delay to each other is shown', async () => {
  for (const visitor of [tutor, child, mother]) await expect.poll(() => visitor.page.locator('.room-delay').count(), { timeout: 30_000 }).toBe(2);
});

test('The tutor ends the lesson and everybody goes', async () => {
  await leaveRoom(mother);
  await tutor.page.getByRole('button', { name: say('en', 'room:settings'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLesson'), exact: true }).click();
  await tutor.page.getByRole('button', { name: say('en', 'room:endLessonSure'), exact: true }).click();
  for (const visitor of [tutor, child]) await visitor.page.getByText(say('en', 'room:closed.ended')).waitFor();
  for (const visitor of [tutor, child, mother]) expect(visitor.errors).toEqual([]);
});
