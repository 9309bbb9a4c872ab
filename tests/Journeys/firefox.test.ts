import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { firefoxProgram, hasFirefox, openFirefox, type FirefoxVisitor } from './journey/firefox';
import { signIn } from './journey/people';
import { enterRoom, figures, seeAndHear, type Figures } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { layWire, type Wire } from './journey/wire';

let cannot = '';
let wire: Wire | undefined;
let server: MuseServer | undefined;
let chromium: OpenBrowser | undefined;
let tutor: Visitor;
let firefox: FirefoxVisitor | undefined;
let lessonId: string;

beforeAll(async () => {
  const laid = hasFirefox ? layWire() : { refused: `there is no ${firefoxProgram} (Debian: firefox-esr)` };
  if ('refused' in laid) {
    cannot = laid.refused;
    return;
  }
  wire = laid;
  server = await startServer({ Rooms__AdvertisedAddresses__0: wire.address });
  chromium = await openBrowser(server.origin);
  const teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await chromium.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  await signIn(tutor, teacher.email, teacher.password);
  firefox = await openFirefox(server.origin);
  await firefox.signIn(learner.email, learner.password);
});

afterAll(async () => {
  await firefox?.close();
  await chromium?.close();
  await server?.stop();
  wire?.cut();
});

const possible = (context: TestContext) => context.skip(cannot !== '', cannot);

const decoded = (seen: Figures) => Math.max(0, ...seen.inbound.filter((line) => line.kind === 'video').map((line) => line.framesDecoded));
const heard = (seen: Figures) => Math.max(0, ...seen.inbound.filter((line) => line.kind === 'audio').map((line) => line.packetsReceived));

test('A student with Firefox and a tutor with Chromium see and hear each other', async (context) => {
  possible(context);
  await tutor.page.goto(`/lessons/${lessonId}/room`);
  await enterRoom(tutor);
  await firefox!.enterRoom(lessonId);
  await seeAndHear(tutor, 1);
  await expect.poll(async () => decoded(await firefox!.figures()), { timeout: 60_000, interval: 500 }).toBeGreaterThan(30);
  expect(heard(await firefox!.figures())).toBeGreaterThan(50);
});

test('Firefox goes and comes back, and the tutor sees and hears it again', async (context) => {
  possible(context);
  await firefox!.page.goto('about:blank');
  await expect.poll(async () => (await figures(tutor.page)).remotes, { timeout: 60_000 }).toEqual([]);
  await firefox!.enterRoom(lessonId);
  await seeAndHear(tutor, 1);
  await expect.poll(async () => decoded(await firefox!.figures()), { timeout: 60_000, interval: 500 }).toBeGreaterThan(30);
  expect(firefox!.errors).toEqual([]);
  expect(tutor.errors).toEqual([]);
});
