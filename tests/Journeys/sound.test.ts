import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { keepConnections, lossesOf, windowsOf, withoutRepair, type Losses } from './journey/losses';
import { longTest } from './journey/long';
import { startNetwork, through, type Network, type PathConditions } from './journey/network';
import { signIn } from './journey/people';
import { enterRoom, leaveRoom, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';
import { hear, misread, onLine, play, synthesize, type Ear } from './journey/tones';

let server: MuseServer;
let browsers: OpenBrowser[];
let network: Network;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;
let lessonId: string;

beforeAll(async () => {
  [server, network] = await Promise.all([startServer(), startNetwork()]);
  browsers = await Promise.all([openBrowser(server.origin), openBrowser(server.origin)]);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
});

afterAll(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
  network?.stop();
});

/** The teacher first, then the student; both are inside. */
async function bothEnter(prepare: (visitor: Visitor, which: number) => Promise<void>): Promise<[Visitor, Visitor]> {
  const visitors = await Promise.all([
    browsers[0]!.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' }),
    browsers[1]!.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' }),
  ]);
  for (const [which, person] of [teacher, learner].entries()) {
    const visitor = visitors[which]!;
    await prepare(visitor, which);
    await signIn(visitor, person.email, person.password);
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  return visitors as [Visitor, Visitor];
}

async function allLeave(visitors: Visitor[]): Promise<void> {
  for (const visitor of visitors) {
    await leaveRoom(visitor);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  }
}

describe('A synthesizer is played in Seoul and its spectrum taken in London', () => {
  let visitors: [Visitor, Visitor];

  beforeAll(async () => {
    visitors = await bothEnter(async (visitor, which) => {
      if (which === 0) await synthesize(visitor);
    });
    const [tutor, student] = visitors;
    await play(tutor.page, [{ ear: 'left', hz: onLine(1_000), decibels: -20 }, { ear: 'right', hz: onLine(1_000), decibels: -20 }]);
    await seeAndHear(student, 1, 10);
  });

  afterAll(() => allLeave(visitors));

  test('What is played left is not heard right', async () => {
    const [tutor, student] = visitors;
    const [low, high] = [onLine(440), onLine(1_320)];
    await play(tutor.page, [{ ear: 'left', hz: low, decibels: -20 }, { ear: 'right', hz: high, decibels: -20 }]);
    await student.page.waitForTimeout(2_000);
    const heard = await hear(student.page, [low, high], 9);
    const separation = { low: heard.left[0]! - heard.right[0]!, high: heard.right[1]! - heard.left[1]! };
    console.log('separation, dB', separation);
    expect(separation.low).toBeGreaterThanOrEqual(80);
    expect(separation.high).toBeGreaterThanOrEqual(80);
  });

  test('Every frequency up to 20 kHz comes as strong as 1 kHz', async () => {
    const [tutor, student] = visitors;
    const frequencies = [60, 250, 1_000, 4_000, 8_000, 12_000, 16_000, 18_000, 19_800].map(onLine);
    const strengths: number[] = [];
    for (const hz of frequencies) {
      await play(tutor.page, (['left', 'right'] as Ear[]).map((ear) => ({ ear, hz, decibels: -20 })));
      await student.page.waitForTimeout(1_500);
      strengths.push((await hear(student.page, [hz])).left[0]!);
    }
    const against = strengths.map((strength) => strength - strengths[2]!);
    console.log('against 1 kHz, dB', Object.fromEntries(frequencies.map((hz, at) => [Math.round(hz), against[at]!.toFixed(2)])));
    for (const difference of against) expect(Math.abs(difference)).toBeLessThanOrEqual(3);
  });

  test('A tone of −60 dBFS comes through as quiet as it is and not quieter', async () => {
    const [tutor, student] = visitors;
    const hz = onLine(1_000);
    const strengths: number[] = [];
    for (const decibels of [-20, -60]) {
      await play(tutor.page, (['left', 'right'] as Ear[]).map((ear) => ({ ear, hz, decibels })));
      await student.page.waitForTimeout(2_000);
      strengths.push((await hear(student.page, [hz])).left[0]!);
    }
    console.log('−20 and −60 dBFS came as, dB', strengths);
    expect(Math.abs(strengths[0]! - strengths[1]! - 40)).toBeLessThanOrEqual(3);
  });
});

describe('The test tone', () => {
  /** The learner in the green room, in a browser that reads answers so. */
  async function inGreenRoom(change?: { from: RegExp; to: string }): Promise<Visitor> {
    const visitor = await browsers[1]!.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
    if (change) await misread(visitor, change);
    await signIn(visitor, learner.email, learner.password);
    await visitor.page.goto(`/lessons/${lessonId}/room?height=180`);
    await visitor.page.getByRole('button', { name: say('en', 'room:enter'), exact: true }).waitFor();
    return visitor;
  }

  const press = ({ page }: Visitor) => page.getByRole('button', { name: say('en', 'room:soundTest.start'), exact: true }).click();

  /** What each test on this page measured, dB. */
  const measured = ({ page }: Visitor) =>
    page.evaluate(() => performance.getEntriesByName('sound-test').map((mark) => (mark as PerformanceMark).detail as Record<string, number> | null));

  const narrow = { from: /maxaveragebitrate=/, to: 'maxplaybackrate=16000;maxaveragebitrate=' };

  test('says of this browser that all is right, and is made with what the room then asks for', async () => {
    const visitor = await inGreenRoom();
    const { page } = visitor;
    await press(visitor);
    await page.getByText(say('en', 'room:soundTest.good')).waitFor();
    if (process.env.MUSE_JOURNEY_SHOTS) await page.screenshot({ path: `${process.env.MUSE_JOURNEY_SHOTS}/test-tone.png` });
    const [heard] = await measured(visitor);
    console.log('the test tone, dB', heard);
    expect(heard!.separation).toBeGreaterThan(60);
    expect(Math.abs(heard!.high!)).toBeLessThan(3);
    expect(Math.abs(heard!.quiet!)).toBeLessThan(3);
    expect(await findings(page)).toEqual([]);

    const socket = page.waitForEvent('websocket');
    const entered = enterRoom(visitor);
    const { payload } = await (await socket).waitForEvent('framereceived', ({ payload }) => /"type":"answer"/.test(String(payload)) && /sprop-stereo=1/.test(String(payload)));
    await entered;
    const asked = /a=fmtp:\d+ (.*sprop-stereo=1.*)/.exec((JSON.parse(String(payload)) as { sdp: string }).sdp)![1]!.trim();
    const known = await page.evaluate(() => Object.keys((JSON.parse(localStorage.getItem('muse.soundTest')!) as { found: object }).found));
    expect(known).toEqual([asked.split(';').sort().join(';')]);
    await leaveRoom(visitor);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });

  test.each([
    ['mono', 'monoSent', { from: /(?<!sprop-)stereo=1/, to: 'stereo=0' }],
    ['narrow', 'narrowSent', narrow],
  ] as const)('says plainly that a browser that makes its sound %s does so', async (_, fault, change) => {
    const visitor = await inGreenRoom(change);
    await press(visitor);
    await visitor.page.getByRole('listitem').filter({ hasText: say('en', `room:soundFault.${fault}`) }).waitFor();
    console.log(`the test tone, dB, ${fault}`, await measured(visitor));
    const faults = (await visitor.page.locator('[data-result="faults"]').getAttribute('data-faults'))!.split(' ');
    expect(faults.filter((found) => found.endsWith('Sent'))).toEqual([fault]);
    expect(await visitor.page.getByText(say('en', 'room:soundTest.good')).count()).toBe(0);
    if (process.env.MUSE_JOURNEY_SHOTS) await visitor.page.screenshot({ path: `${process.env.MUSE_JOURNEY_SHOTS}/test-tone-${fault}.png` });
    expect(await findings(visitor.page)).toEqual([]);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });

  test('runs once by itself in the room, which then says what is not as it should be', async () => {
    const visitor = await inGreenRoom(narrow);
    const { page } = visitor;
    await enterRoom(visitor);
    const said = page.locator('.room-soundfaults[data-faults~="narrowSent"]');
    await said.waitFor();
    expect(await measured(visitor)).toHaveLength(1);
    await said.locator('summary').click();
    await page.getByText(say('en', 'room:soundFault.narrowSent')).waitFor();
    await page.reload();
    await enterRoom(visitor);
    await said.waitFor();
    expect(await measured(visitor)).toEqual([]);
    await leaveRoom(visitor);
    await visitor.context.close();
  });
});

function tooBusy(context: TestContext): void {
  context.task.meta.reason = 'this machine is too busy: its timers were late in two of three windows';
  context.skip();
}

/** A lesson whose student is behind such a path, and whose tutor plays a synthesizer if asked to. */
async function behind(
  path: PathConditions,
  how: { isRepaired: boolean; isPlayed?: boolean },
  measure: (student: Visitor, tutor: Visitor) => Promise<void>,
): Promise<void> {
  const relay = await network.relay(server.mediaPort, 7);
  await relay.set({ delayMilliseconds: path.delayMilliseconds });
  const visitors = await bothEnter(async (visitor, which) => {
    if (which === 0 && how.isPlayed) await synthesize(visitor);
    if (which === 1) await through(visitor, relay);
    if (which === 1 && !how.isRepaired) await withoutRepair(visitor);
    await keepConnections(visitor);
  });
  const [tutor, student] = visitors;
  if (how.isPlayed) await play(tutor.page, [{ ear: 'left', hz: onLine(440), decibels: -20 }, { ear: 'right', hz: onLine(1_320), decibels: -20 }]);
  await seeAndHear(student, 1, 10);
  await relay.set(path);
  // What is lost has to be seen before it is met: it is counted over five seconds, and the protection follows each second.
  await student.page.waitForTimeout(12_000);
  await measure(student, tutor);
  await relay.set({});
  await allLeave(visitors);
}

/** No wait of a second for a picture, half a percent of the sound made up; and somebody is there to see and hear. */
const holds = (seen: Losses) => seen.longestFreeze <= 1_000 && seen.concealed <= 0.005 && seen.frames > 100 && seen.seconds > 12 && seen.keyFramesAsked <= 1;

// The goals of the issue: no wait of a second for a picture, half a percent made up. It once was 3.6 s: losses were taken for a thin line, and
// the picture was paused for the sound's redundancy. Windows of 15 s, in each of which some 75 sounds are lost; see `isBusy` for what is
// measured again.
test('150 ms there and back and one packet in ten lost: hardly a sample is made up, and the picture goes on', async (context) => {
  const path = { delayMilliseconds: 75, loss: 0.1 };
  await behind(path, { isRepaired: false }, async (student) => {
    const bare = await lossesOf(student.page, 10);
    console.log('without repair', bare);
    expect(bare.concealed).toBeGreaterThan(0.03);
  });
  await behind(path, { isRepaired: true }, async (student, tutor) => {
    const windows = await windowsOf(student.page, tutor.page, 2, 15, holds);
    if (windows === null) return tooBusy(context);
    for (const seen of windows) expect(seen, JSON.stringify(seen)).toSatisfy(holds);
  });
});

longTest('two minutes', 'A lesson over 150 ms there and back with two packets in a hundred lost sounds and looks as it should on both sides', async (context) => {
  const [low, high] = [onLine(440), onLine(1_320)];
  await behind({ delayMilliseconds: 75, loss: 0.02 }, { isRepaired: true, isPlayed: true }, async (student, tutor) => {
    const heard = await hear(student.page, [low, high], 9);
    const separation = { low: heard.left[0]! - heard.right[0]!, high: heard.right[1]! - heard.left[1]! };
    const strengths: number[] = [];
    for (const hz of [1_000, 60, 8_000, 18_000].map(onLine)) {
      await play(tutor.page, (['left', 'right'] as Ear[]).map((ear) => ({ ear, hz, decibels: -20 })));
      await student.page.waitForTimeout(1_500);
      strengths.push((await hear(student.page, [hz], 7)).left[0]!);
    }
    console.log('separation, dB', separation, '1 kHz, 60 Hz, 8 and 18 kHz, dB', strengths);
    expect(separation.low).toBeGreaterThanOrEqual(80);
    expect(separation.high).toBeGreaterThanOrEqual(80);
    for (const strength of strengths) expect(Math.abs(strength - strengths[0]!)).toBeLessThanOrEqual(3);

    const shots = process.env.MUSE_JOURNEY_SHOTS;
    if (shots) for (const [name, visitor] of [['student', student], ['tutor', tutor]] as const) await visitor.page.screenshot({ path: `${shots}/long-path-${name}.png` });
    // The tutor's side shows what is lost on the student's way to the server.
    for (const [visitor, sender] of [[student, tutor], [tutor, student]] as const) {
      const windows = await windowsOf(visitor.page, sender.page, 1, 15, holds);
      if (windows === null) return tooBusy(context);
      expect(windows[0], JSON.stringify(windows[0])).toSatisfy(holds);
    }
  });
});
