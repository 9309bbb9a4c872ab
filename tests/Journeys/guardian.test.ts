import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, Refused, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { enterRoom, figures, leaveRoom, seeAndHear } from './journey/room';
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

test("A child on a tablet, the tutor and the child's guardian are in one room and all see and hear each other", async () => {
  for (const visitor of [tutor, child, mother]) {
    await visitor.page.goto(`/lessons/${lessonId}/room?height=180`);
    await enterRoom(visitor);
  }
  await Promise.all([tutor, child, mother].map((visitor) => seeAndHear(visitor, 2, 15, 90_000)));

  const roles = (await figures(tutor.page)).remotes.map((remote) => remote.role).sort();
  expect(roles).toEqual(['guardian', 'student']);
  for (const visitor of [tutor, child, mother]) {
    const width = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(width[0], `no sideways scrolling at ${width[1]}`).toBeLessThanOrEqual(width[1]!);
  }
});

test('When the guardian leaves, the lesson goes on', async () => {
  await leaveRoom(mother);
  await tutor.page.locator('.room-remote[data-role="guardian"]').waitFor({ state: 'detached' });
  const before = (await figures(tutor.page)).inbound.find((line) => line.kind === 'video' && line.framesDecoded > 0)!;
  await tutor.page.waitForFunction(
    async ([kind, frames]) => {
      const { inbound } = await (window as unknown as { __muse: { figures(): Promise<{ inbound: { kind: string; framesDecoded: number }[] }> } }).__muse.figures();
      return inbound.some((line) => line.kind === kind && line.framesDecoded > Number(frames) + 15);
    },
    ['video', before.framesDecoded] as const,
  );
  const timeline = await teacher.api.timeline(lessonId);
  expect(timeline.filter((item) => item.type === 'participant_joined').map((item) => item.role)).toEqual(['tutor', 'student', 'guardian']);
});

test("What the child marks is the guardian's to see and not the tutor's", async () => {
  for (const { page } of [tutor, child]) {
    await page.getByRole('button', { name: say('en', 'room:marks.again'), exact: true }).click();
    await page.getByText(say('en', 'room:marks.kept')).waitFor();
  }
  const listed = async ({ context }: Visitor) => {
    const page = await context.newPage();
    await page.goto(`/lessons/${lessonId}`);
    await page.locator('.marks li').first().waitFor();
    const makers = await page.locator('.marks li bdi').allTextContents();
    await page.close();
    return makers.sort();
  };
  expect(await listed(mother)).toEqual(['Kim Seo-yeon', 'Lily']);
  expect(await listed(tutor)).toEqual(['Kim Seo-yeon']);
});

test('A stranger is told that there is no such lesson', async () => {
  const stranger = await register(server.origin, { name: 'Mallory', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-01-01' });
  const refused = await stranger.api.call('POST', `/v1/lessons/${lessonId}/join`).catch((error: unknown) => error);
  expect([(refused as Refused).status, (refused as Refused).code]).toEqual([404, 'not_found']);

  const visitor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
  await signIn(visitor, stranger.email, stranger.password);
  await visitor.page.goto(`/lessons/${lessonId}/room`);
  await visitor.page.getByText(say('en', 'room:refusal.not_found')).waitFor();
});
