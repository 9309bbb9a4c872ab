import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { register, type Api } from './journey/api';
import { findings } from './journey/axe';
import { blockMedia } from './journey/blocked';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { coturnMissing, startCoturn, type Coturn } from './journey/coturn';
import { testUnless } from './journey/long';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say, type Language } from './journey/texts';

interface Answer {
  roomOffered: boolean;
  latest: {
    paths: { path: string; outcome: string; setupMilliseconds?: number | null }[];
    bestPath?: string | null;
    line?: { roundTripMilliseconds: number; lossPercent: number; upKbps: number; downKbps: number } | null;
    microphone: string;
    camera: string;
    sound?: { echoCancellation: boolean | null; channelCount: number | null } | null;
    browser: string;
    counts: boolean;
  } | null;
  providers: { provider: string; code: string }[];
}

let coturn: Coturn | undefined;
let server: MuseServer;
let browser: OpenBrowser;

beforeAll(async () => {
  coturn = coturnMissing === null ? await startCoturn() : undefined;
  server = await startServer(coturn?.settings() ?? {});
  // The relay's certificate is made for this test.
  browser = await openBrowser(server.origin, ['--ignore-certificate-errors']);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await coturn?.stop();
});

const london = { language: 'en' as Language, locale: 'en-GB', timeZone: 'Europe/London' };

function student(name: string) {
  return register(server.origin, { name, role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
}

async function runTest(visitor: Visitor, path = '/preflight'): Promise<void> {
  const { page, language } = visitor;
  await page.goto(path);
  await page.getByRole('button', { name: say(language, 'preflight:start'), exact: true }).click();
  await page.getByText(say(language, 'preflight:finished')).waitFor({ state: 'attached' });
}

const resultOf = (api: Api, studentId: string) => api.call<Answer>('GET', `/v1/students/${studentId}/preflight`);

/** The step's look, as the page shows it. */
const steps = (visitor: Visitor) =>
  visitor.page.locator('.preflight-steps li').evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.getAttribute('data-step'), row.getAttribute('data-look')])));

const outlookOf = (visitor: Visitor, provider: string) => visitor.page.locator(`[data-provider="${provider}"]`).getAttribute('data-code');

describe('A student in London', () => {
  test('learns within five seconds of measuring that the direct way works, and what the line and the devices are like', async () => {
    const learner = await student('Oliver Hughes');
    const visitor = await browser.visit(london);
    await signIn(visitor, learner.email, learner.password);
    await runTest(visitor);

    const [network] = await visitor.page.evaluate(() => performance.getEntriesByName('preflight-network').map((entry) => entry.duration));
    expect(network).toBeLessThanOrEqual(5_000);
    const { latest, providers } = await resultOf(learner.api, learner.ids.studentId!);
    expect(latest).toMatchObject({ bestPath: 'udp', microphone: 'ok', camera: 'ok', browser: 'chromium', counts: true });
    expect(latest!.paths.find(({ path }) => path === 'udp')).toMatchObject({ outcome: 'connected' });
    expect(latest!.line!.upKbps).toBeGreaterThan(300);
    expect(latest!.line!.downKbps).toBeGreaterThan(300);
    expect(latest!.line!.roundTripMilliseconds).toBeLessThan(500);
    expect(latest!.sound).toMatchObject({ echoCancellation: false });
    expect(['works', 'works_poorly']).toContain(providers.find(({ provider }) => provider === 'built-in')?.code);
    expect((await steps(visitor)).udp).toBe('good');
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });

  testUnless(coturnMissing, 'sees each way through the real relay: UDP, TCP and TLS', async () => {
    const learner = await student('Nora Blake');
    const visitor = await browser.visit(london);
    await signIn(visitor, learner.email, learner.password);
    await runTest(visitor);

    expect(await steps(visitor)).toMatchObject({ udp: 'good', tcp: 'good', 'turn-udp': 'good', 'turn-tcp': 'good', 'turns-tls': 'good', line: 'good' });
    const { latest } = await resultOf(learner.api, learner.ids.studentId!);
    expect(latest!.paths.map(({ path, outcome }) => [path, outcome])).toEqual([
      ['udp', 'connected'],
      ['tcp', 'connected'],
      ['turn-udp', 'connected'],
      ['turn-tcp', 'connected'],
      ['turns-tls', 'connected'],
    ]);
    await visitor.context.close();
  });

  testUnless(coturnMissing, 'behind a network that blocks UDP is told that the relay does it', async () => {
    const learner = await student('Ivy Shaw');
    const visitor = await browser.visit(london);
    await blockMedia(visitor.page, 'relays work');
    await signIn(visitor, learner.email, learner.password);
    await runTest(visitor);

    expect(await steps(visitor)).toMatchObject({ udp: 'bad', tcp: 'bad', 'turn-udp': 'good' });
    await visitor.page.getByText(say('en', 'preflight:advice.relay_ready')).waitFor();
    const { latest } = await resultOf(learner.api, learner.ids.studentId!);
    expect(latest).toMatchObject({ bestPath: 'turn-udp' });
    expect(latest!.line).not.toBeNull();
    await visitor.context.close();
  });

  // The direct path once took the server's TCP address, too, and such a network was told that the direct way works.
  test('behind a network that blocks UDP alone is told that TCP does it, and the line is measured over it', async () => {
    const learner = await student('Amy Cole');
    const visitor = await browser.visit(london);
    await blockMedia(visitor.page, 'TCP works');
    await signIn(visitor, learner.email, learner.password);
    await runTest(visitor);

    expect(await steps(visitor)).toMatchObject({ udp: 'bad', tcp: 'good', line: 'good' });
    await visitor.page.getByText(say('en', 'preflight:connection.tcp')).waitFor();
    await visitor.page.getByText(say('en', 'preflight:advice.tcp_ready')).waitFor();
    expect(['works_over_tcp', 'works_poorly']).toContain(await outlookOf(visitor, 'built-in'));
    const { latest } = await resultOf(learner.api, learner.ids.studentId!);
    expect(latest).toMatchObject({ bestPath: 'tcp' });
    expect(latest!.line!.upKbps).toBeGreaterThan(300);
    await visitor.context.close();
  });

  test('behind a network that lets nothing through is told so, and what to try', async () => {
    const learner = await student('Max Reed');
    const visitor = await browser.visit(london);
    await blockMedia(visitor.page, 'nothing works');
    await signIn(visitor, learner.email, learner.password);
    await runTest(visitor);

    await visitor.page.getByText(say('en', 'preflight:connection.none')).waitFor();
    await visitor.page.getByText(say('en', 'preflight:advice.other_network')).waitFor();
    expect(await outlookOf(visitor, 'built-in')).toBe('blocked');
    const [network] = await visitor.page.evaluate(() => performance.getEntriesByName('preflight-network').map((entry) => entry.duration));
    expect(network).toBeLessThanOrEqual(5_000);
    expect((await resultOf(learner.api, learner.ids.studentId!)).latest).toMatchObject({ bestPath: null, line: null });
    await visitor.context.close();
  });
});

describe('A child in Abu Dhabi', () => {
  test('is told which apps may be used; only microphone and camera are looked at, and nothing of the built-in room is opened', async () => {
    const parent = await register(server.origin, { name: 'Omar Haddad', role: 'guardian', country: 'AE', timeZone: 'Asia/Dubai' });
    const { studentId } = await parent.api.call<{ studentId: string }>('POST', `/v1/guardians/${parent.ids.guardianId}/children`, {
      displayName: 'Layla',
      birthDate: '2015-03-14',
      country: 'AE',
      timeZone: 'Asia/Dubai',
      locale: 'ar-AE',
    });
    const { link } = await parent.api.call<{ link: string }>('POST', `/v1/guardians/${parent.ids.guardianId}/children/${studentId}/device-links`);
    const tablet = await browser.visit({ language: 'ar', locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 768, height: 1024 } });
    const sockets: string[] = [];
    tablet.page.on('websocket', (socket) => sockets.push(socket.url()));
    await tablet.page.addInitScript(() => {
      const Real = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Real {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          (window as unknown as { opened: number }).opened = ((window as unknown as { opened?: number }).opened ?? 0) + 1;
        }
      };
    });
    const url = new URL(link);
    await tablet.page.goto(`${url.pathname}${url.search}${url.hash}`);
    await tablet.page.getByRole('button', { name: say('ar', 'device.enter'), exact: true }).click();
    await tablet.page.waitForURL((now) => now.pathname !== '/device');
    await tablet.page.goto('/preflight');
    await tablet.page.getByText(say('ar', 'preflight:listed.title')).waitFor();
    expect(Object.keys(await steps(tablet))).toEqual(['microphone', 'camera']);
    await runTest(tablet);

    expect(sockets).toEqual([]);
    expect(await tablet.page.evaluate(() => (window as unknown as { opened?: number }).opened ?? 0)).toBe(0);
    expect(await steps(tablet)).toEqual({ microphone: 'good', camera: 'good' });
    expect(await outlookOf(tablet, 'built-in')).toBe('not_allowed_in_country');
    const answer = await resultOf(parent.api, studentId);
    expect(answer).toMatchObject({ roomOffered: false, latest: { paths: [], line: null, microphone: 'ok', camera: 'ok' } });
    await tablet.context.close();
  });
});

describe.each([
  { language: 'ko' as Language, locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } },
  { language: 'en' as Language, locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } },
  { language: 'ar' as Language, locale: 'ar-EG', timeZone: 'Africa/Cairo', viewport: { width: 768, height: 1024 } },
])('In $language at $viewport.width pixels', (reader) => {
  test('the page has no serious fault before and after the test, does not scroll sideways, and nothing moves while it runs', async () => {
    const learner = await student('Sam Lowe');
    const visitor = await browser.visit(reader);
    const { page, language } = visitor;
    await signIn(visitor, learner.email, learner.password);
    await page.goto('/preflight');
    await page.getByRole('button', { name: say(language, 'preflight:start'), exact: true }).waitFor();
    const where = () => page.locator('.preflight-steps li').evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().top + scrollY)));
    const look = async () => {
      expect(await findings(page)).toEqual([]);
      const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(width, 'scrolls sideways').toBeLessThanOrEqual(window!);
    };
    await look();
    const before = await where();
    await page.getByRole('button', { name: say(language, 'preflight:start'), exact: true }).click();
    await page.getByRole('button', { name: say(language, 'preflight:running') }).waitFor();
    await page.locator('[data-step="udp"][data-look="good"]').waitFor();
    expect(await where()).toEqual(before);
    await page.getByText(say(language, 'preflight:finished')).waitFor({ state: 'attached' });
    expect(await where()).toEqual(before);
    await look();
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });
});
