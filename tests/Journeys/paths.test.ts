import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { reroute, startNetwork, through, watchGaps, withoutUdp, type Network, type Relay } from './journey/network';
import { signIn } from './journey/people';
import { enterRoom, isStereo, leaveRoom, listen, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';

let server: MuseServer;
let browser: OpenBrowser;
let network: Network;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;
let lessonId: string;

// With `./muse test --long` alone: its gaps mean nothing on a machine that is busy with the other suites.
const long = process.env.MUSE_LONG === '1';

if (!long) test('Paths that change, and TCP', (context) => context.skip('only with --long'));

beforeAll(async () => {
  if (!long) return;
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

describe.runIf(long)('A path that changes during the lesson', () => {
  let visitors: Visitor[];
  let relays: Relay[];
  let other: Relay;

  beforeAll(async () => {
    relays = [await network.relay(server.mediaPort, 1), await network.relay(server.mediaPort, 2)];
    other = await network.relay(server.mediaPort, 3);
    for (const relay of [...relays, other]) await relay.set({ delayMilliseconds: 20 });
    visitors = await bothEnter((visitor, which) => through(visitor, relays[which]!));
  });

  test('A router that forgets its mappings is not seen: the gap stays below a second on both sides', async () => {
    const gaps = await Promise.all(visitors.map((visitor) => watchGaps(visitor.page)));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await relays[1]!.rebind();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const longest = await Promise.all(gaps.map((gap) => gap()));
    console.log('gaps after a rebinding, ms', longest.map(Math.round));
    // By checks alone it would be up to 2.5 s; the goal of 300 ms is measured on a quiet machine and, in packets, in the media tests.
    for (const gap of longest) expect(gap).toBeLessThan(1_000);
    await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
  });

  test('A path that dies is left for another one before the browser itself says anything', async () => {
    const gap = await watchGaps(visitors[1]!.page);
    await reroute(visitors[1]!, other);
    await relays[1]!.set({ isDown: true });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const longest = await gap();
    console.log('gap after a path died, ms', Math.round(longest));
    expect(longest).toBeLessThan(3_000);
    expect((await other.counts()).toServerOut).toBeGreaterThan(50);
    await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
    await allLeave(visitors);
  });
});

test.runIf(long).each([1, 2, 3, 4, 5])('Where no UDP gets through, both see and hear each other over TCP: time %i of 5', async () => {
  const visitors = await bothEnter(withoutUdp);
  const ears = await listen(visitors[1]!.page);
  expect(isStereo(ears), JSON.stringify(ears)).toBe(true);
  await allLeave(visitors);
});
