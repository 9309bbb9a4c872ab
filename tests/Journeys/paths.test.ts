import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { longTest } from './journey/long';
import { reroute, restartsOf, startNetwork, through, watchGaps, watchRestarts, withoutUdp, type Gap, type Network } from './journey/network';
import { signIn } from './journey/people';
import { enterRoom, isStereo, leaveRoom, listen, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';

let server: MuseServer;
let browser: OpenBrowser;
let network: Network;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;
let lessonId: string;

// The goal. A rebinding after which a gap was longer is measured again only if the page's own looks came later than `mostLag`: then
// the gap may be the machine's.
const mostGap = 300;
const mostLag = 100;

beforeAll(async () => {
  [server, network] = await Promise.all([startServer(), startNetwork()]);
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  network?.stop();
});

async function bothEnter(prepare: (visitor: Visitor, which: number) => Promise<void>): Promise<Visitor[]> {
  const visitors = await Promise.all([
    browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' }),
    browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' }),
  ]);
  for (const [which, person] of [teacher, learner].entries()) {
    const visitor = visitors[which]!;
    await prepare(visitor, which);
    await signIn(visitor, person.email, person.password);
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
  return visitors;
}

async function allLeave(visitors: Visitor[]): Promise<void> {
  for (const visitor of visitors) {
    await leaveRoom(visitor);
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

test('A router that forgets its mappings is not noticed: sound and picture are back within 300 ms on both sides', async (context) => {
  const relays = [await network.relay(server.mediaPort, 1), await network.relay(server.mediaPort, 2)];
  for (const relay of relays) await relay.set({ delayMilliseconds: 20 });
  const visitors = await bothEnter((visitor, which) => through(visitor, relays[which]!));
  const counted: Gap[][] = [];
  for (let time = 0; time < 8 && counted.length < 3; time++) {
    const gaps = await Promise.all(visitors.map((visitor) => watchGaps(visitor.page)));
    await visitors[1]!.page.waitForTimeout(500);
    await relays[1]!.rebind();
    await visitors[1]!.page.waitForTimeout(2_000);
    const seen = await Promise.all(gaps.map((gap) => gap()));
    console.log('gaps after a rebinding, ms', seen.map(({ longest }) => Math.round(longest)), 'timers late by', seen.map(({ lag }) => Math.round(lag)));
    if (seen.every(({ longest, lag }) => longest <= mostGap || lag <= mostLag)) counted.push(seen);
  }
  await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
  await allLeave(visitors);
  if (counted.length < 3) {
    context.task.meta.reason = `this machine is too busy: timers were more than ${mostLag} ms late after most of eight rebindings`;
    return context.skip();
  }
  // By ICE's own checks alone it would be 400 to 2,300 ms (they come each 2.5 s).
  for (const which of [0, 1]) expect(median(counted.map((gaps) => gaps[which]!.longest))).toBeLessThanOrEqual(mostGap);
});

longTest('a minute', 'A path of 150 ms that dies is noticed within half a second, and another one carries the same connection half a second later', async () => {
  const relays = [await network.relay(server.mediaPort, 1), await network.relay(server.mediaPort, 2)];
  const other = await network.relay(server.mediaPort, 3);
  for (const relay of [...relays, other]) await relay.set({ delayMilliseconds: 75 });
  const visitors = await bothEnter(async (visitor, which) => {
    await through(visitor, relays[which]!);
    await watchRestarts(visitor);
  });
  const [, student] = visitors as [Visitor, Visitor];
  // The watchdog knows a steady flow after 1.5 s.
  await student.page.waitForTimeout(3_000);
  const before = await restartsOf(student.page);
  const gap = await watchGaps(student.page);
  await reroute(student, other);
  await relays[1]!.set({ isDown: true });
  await student.page.waitForTimeout(5_000);
  const seen = await gap();
  const after = await restartsOf(student.page);
  const restarted = after.restarts[before.restarts.length]! - seen.from;
  console.log(`nothing came for ${Math.round(seen.longest)} ms; ICE was restarted after ${Math.round(restarted)}; timers late by ${Math.round(seen.lag)}`);
  expect(restarted).toBeLessThanOrEqual(500 + seen.lag);
  // An offer and its answer, a check and its answer, and the first packet: three ways of 75 ms, and what the machine takes.
  expect(seen.longest - restarted).toBeLessThanOrEqual(500 + seen.lag);
  // The same connections: no new keys, and the decoders go on.
  expect(after.connections).toBe(before.connections);
  expect((await other.counts()).toServerOut).toBeGreaterThan(50);
  await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
  await allLeave(visitors);
});

for (const time of [1, 2, 3, 4, 5])
  longTest('half a minute', `Where no UDP gets through, both see and hear each other over TCP: time ${time} of 5`, async () => {
    const visitors = await bothEnter(withoutUdp);
    const ears = await listen(visitors[1]!.page);
    expect(isStereo(ears), JSON.stringify(ears)).toBe(true);
    await allLeave(visitors);
  });
