import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { startImitations, type Imitations } from './journey/imitations';
import { signIn } from './journey/people';
import { freeTcpPort, startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let imitations: Imitations;
let server: MuseServer;
let browser: OpenBrowser;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let tutor: Visitor;

const page = '/meeting-providers';
const card = (provider: string) => tutor.page.locator(`[data-provider="${provider}"]`);
/** The card and the element that have the focus. */
const focus = (visitor = tutor) =>
  visitor.page.evaluate(() => `${document.activeElement?.closest('[data-provider]')?.getAttribute('data-provider')} ${document.activeElement?.tagName}`);
const button = (key: string, provider?: string) => ({ name: say('en', key, provider ? { provider } : {}), exact: true });

beforeAll(async () => {
  const port = await freeTcpPort();
  imitations = await startImitations(`http://127.0.0.1:${port}`);
  server = await startServer(imitations.settings, port);
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 768, height: 1024 } });
  await signIn(tutor, teacher.email, teacher.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  imitations?.stop();
});

test('A tutor connects Zoom by pressing Allow there, sees it live, and disconnects it', async () => {
  await tutor.page.goto(page);
  await card('zoom').getByRole('button', button('meetingProviders.connectOwn', 'Zoom')).click();
  await tutor.page.getByRole('button', button('meetingProviders.goTo', 'Zoom')).click();
  await tutor.page.getByText(/^Allow/).first().click();

  await tutor.page.getByText(say('en', 'meetingProviders.connected', { provider: 'Zoom' })).waitFor();
  await card('zoom').getByText(say('en', 'meetingProviders.standing.own'), { exact: true }).waitFor();
  expect(new URL(tutor.page.url()).search).toBe('');
  // Back from Zoom, the focus is where it was said what came of it.
  await expect.poll(() => focus()).toBe('zoom H2');
  expect(await findings(tutor.page)).toEqual([]);

  await card('zoom').getByRole('button', button('meetingProviders.disconnect')).click();
  await tutor.page.getByRole('dialog').getByRole('button', button('meetingProviders.disconnect')).click();
  await card('zoom').getByText(say('en', 'meetingProviders.standing.school'), { exact: true }).waitFor();
  await expect.poll(() => focus()).toBe('zoom H2');
});

test('A tutor who declines at Zoom comes back to a page that says so', async () => {
  await tutor.page.goto(page);
  await card('zoom').getByRole('button', button('meetingProviders.connectOwn', 'Zoom')).click();
  await tutor.page.getByRole('button', button('meetingProviders.goTo', 'Zoom')).click();
  await tutor.page.getByText('Decline', { exact: true }).click();
  await tutor.page.getByText(say('en', 'meetingProviders.error.connect_denied', { provider: 'Zoom' })).waitFor();
});

test('The order is changed by the keyboard, is kept, and the focus goes with the card', async () => {
  await tutor.page.goto(page);
  const names = () => tutor.page.locator('[data-provider]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.provider));
  await card('zoom').waitFor();
  expect((await names()).slice(0, 2)).toEqual(['built-in', 'zoom']);
  await card('zoom').getByRole('button', button('meetingProviders.up', 'Zoom')).focus();
  const saved = tutor.page.waitForResponse((response) => response.request().method() === 'PUT');
  await tutor.page.keyboard.press('Enter');
  await expect.poll(names).toEqual(['zoom', 'built-in', 'google-meet', 'jitsi']);
  // At the top it cannot go further up, so its other button has the focus.
  await expect.poll(() => tutor.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(say('en', 'meetingProviders.down', { provider: 'Zoom' }));
  expect((await saved).status()).toBe(200);
  await tutor.page.reload();
  await card('zoom').waitFor();
  await expect.poll(names).toEqual(['zoom', 'built-in', 'google-meet', 'jitsi']);
});

test('A lesson over Zoom says where it is held and why, and its button opens the door in a tab of its own', async () => {
  const learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  const lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  await tutor.page.goto(`/lessons/${lessonId}`);
  await tutor.page.getByText(say('en', 'where.at', { provider: 'Zoom' })).waitFor();
  await tutor.page.getByText(say('en', 'where.because.tutors_order')).waitFor();
  await tutor.page.getByText(say('en', 'where.sound.zoom.one')).waitFor();
  await tutor.page.getByText(say('en', 'where.others')).click();
  expect(await findings(tutor.page)).toEqual([]);
  const link = tutor.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Zoom' }), exact: true });
  expect(await link.getAttribute('rel')).toContain('noopener');
  const [door, away] = await Promise.all([
    tutor.context.waitForEvent('page'),
    tutor.context.waitForEvent('request', (request) => request.isNavigationRequest() && new URL(request.url()).origin !== server.origin),
    link.click(),
  ]);
  expect(away.headers().referer).toBeUndefined();
  await door.waitForURL(away.url());
  // By the start link, which makes whoever has it the host.
  expect(await door.locator('#role').textContent()).toMatch(/^host\b/);
  await door.getByRole('button', { name: 'Come in' }).click();
  await door.getByText('You are in').waitFor();
  await door.close();
});

test('What Zoom recorded is played on the page of its lesson, from an address that opens it for a while', async () => {
  const zoom = await tutor.context.newPage();
  await zoom.goto(imitations.page);
  const held = zoom.locator('section', { has: zoom.getByRole('heading', { name: 'Zoom', exact: true }) });
  for (const what of ['Join as guest', 'Join as host', 'End', 'Recording is ready']) {
    const done = zoom.waitForResponse((response) => response.request().method() === 'POST');
    await held.getByRole('button', { name: what, exact: true }).click();
    expect((await done).status()).toBeLessThan(400);
  }
  await zoom.close();
  const lesson = (await teacher.api.call<{ items: { id: string }[] }>('GET', '/v1/lessons')).items[0]!;
  await tutor.page.goto(`/lessons/${lesson.id}`);
  const file = tutor.page.locator('.review-card', { hasText: say('en', 'review.kind.shared_screen_with_speaker_view') });
  await file.getByRole('button', { name: say('en', 'review.playFile').split(' (')[0]! }).click();
  const video = file.locator('video');
  await video.evaluate((element: HTMLVideoElement) => element.play());
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime), { timeout: 20_000 }).toBeGreaterThan(1);
  expect(await video.evaluate((element: HTMLVideoElement) => [element.videoWidth, element.src.startsWith('blob:')])).toEqual([320, false]);
  expect(await file.getByRole('link', { name: say('en', 'review.keepFile'), exact: true }).getAttribute('download')).toBe('shared_screen_with_speaker_view.mp4');
  expect(await findings(tutor.page)).toEqual([]);

  await tutor.page.route('**/v1/viewings/*/file', (route) => route.fulfill({ body: 'no media', contentType: 'video/mp4' }));
  await tutor.page.reload();
  await file.getByRole('button', { name: say('en', 'review.playFile').split(' (')[0]! }).click();
  await file.getByText(say('en', 'review.cannotPlay')).waitFor();
  await tutor.page.unroute('**/v1/viewings/*/file');
});

test("Back to the school's order is one press, and the page says when the wishes count", async () => {
  await tutor.page.goto(page);
  const names = () => tutor.page.locator('[data-provider]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.provider));
  await tutor.page.getByText(say('en', 'meetingProviders.wishesIdle')).waitFor();
  expect(await findings(tutor.page)).toEqual([]);
  const back = tutor.page.getByRole('button', button('meetingProviders.toSchoolsOrder'));
  await back.click();
  await expect.poll(names).toEqual(['built-in', 'zoom', 'google-meet', 'jitsi']);
  await tutor.page.getByText(say('en', 'meetingProviders.schoolsOrder')).waitFor();
  await tutor.page.getByText(say('en', 'meetingProviders.wishesLead')).waitFor();
  await tutor.page.reload();
  await tutor.page.getByText(say('en', 'meetingProviders.schoolsOrder')).waitFor();
  expect(await back.count()).toBe(0);
});

test("A tutor's own Jitsi server is connected by the keys that it shows, holds lessons with the tutor as moderator, and is disconnected", async () => {
  const teacher = await registerTutor(server.origin, 'Park Ji-hoon');
  const tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 768, height: 1024 } });
  const card = tutor.page.locator('[data-provider="jitsi"]');
  await signIn(tutor, teacher.email, teacher.password);

  const shown = await tutor.context.newPage();
  await shown.goto(imitations.page);
  const key = (name: string) => shown.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('xpath=following-sibling::dd[1]').innerText();
  const [address, appId, secret] = [await key('Address'), await key('App ID'), await key('Secret')];
  await shown.close();

  await tutor.page.goto(page);
  await card.getByRole('button', button('meetingProviders.connectOwn', 'Jitsi')).click();
  const dialog = tutor.page.getByRole('dialog');
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.domain')).fill(`${address}/room`);
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.appId')).fill(appId);
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.secret')).fill(secret);
  await dialog.getByRole('button', button('common.save')).click();
  await dialog.getByText(say('en', 'problem.wrong_domain')).first().waitFor();
  expect(await dialog.getByText(say('en', 'problem.wrong_domain')).count()).toBe(1);
  // It is said beside its field, to which the focus goes from the button: so it is also heard.
  const heard = () => tutor.page.evaluate(() => {
    const field = document.activeElement;
    const words = (field?.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
    return `${field?.getAttribute('name')}: ${words.join(' ')}`;
  });
  await expect.poll(heard).toMatch(/^domain: /);
  expect(await heard()).toContain(say('en', 'problem.wrong_domain'));
  expect(await findings(tutor.page)).toEqual([]);
  // Wrong keys were once taken without a word: the server is asked before they are kept.
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.domain')).fill(address);
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.secret')).fill('x'.repeat(40));
  await dialog.getByRole('button', button('common.save')).click();
  await expect.poll(heard).toMatch(/^secret: /);
  expect(await heard()).toContain(say('en', 'problem.keys_refused'));
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.appId')).fill('another');
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.secret')).fill(secret);
  await dialog.getByRole('button', button('common.save')).click();
  await expect.poll(heard).toMatch(/^appId: /);
  expect(await heard()).toContain(say('en', 'problem.keys_refused'));
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.appId')).fill(appId);
  await dialog.getByLabel(say('en', 'meetingProviders.jitsi.secret')).fill(secret);
  await dialog.getByRole('button', button('common.save')).click();
  await card.getByText(say('en', 'meetingProviders.connectedAs', { account: address })).waitFor();
  await card.getByText(/^Your server was shown these keys on .+ and took them\.$/).waitFor();
  await expect.poll(() => focus(tutor)).toBe('jitsi H2');
  expect(await findings(tutor.page)).toEqual([]);

  for (let place = 3; place > 0; place--) {
    const saved = tutor.page.waitForResponse((response) => response.request().method() === 'PUT');
    await card.getByRole('button', button('meetingProviders.up', 'Jitsi')).click();
    expect((await saved).status()).toBe(200);
  }
  const learner = await register(server.origin, { name: 'Amelia Clarke', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1992-08-02' });
  const student = { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' };
  const lessonId = await bookNow(teacher, student);
  expect((await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready')).meeting.provider).toBe('jitsi');
  await tutor.page.goto(`/lessons/${lessonId}`);
  const link = tutor.page.getByRole('link', { name: say('en', 'where.open', { provider: 'Jitsi' }), exact: true });
  const [room] = await Promise.all([tutor.context.waitForEvent('page'), link.click()]);
  await room.locator('#name', { hasText: 'Park Ji-hoon' }).waitFor();
  expect(await room.locator('#role').innerText()).toContain('moderator');
  expect(new URL(room.url()).origin).toBe(address);
  await room.close();
  await tutor.page.goto(page);
  await card.getByText(/^Your server was shown these keys on /).waitFor();

  const [booking] = (await teacher.api.call<{ items: { id: string; version: number; start: string }[] }>('GET', '/v1/bookings?state=confirmed')).items;
  const later = new Date(Date.parse(booking!.start) + 86_400_000);
  const moved = await teacher.api.call<{ version: number }>(
    'POST',
    `/v1/bookings/${booking!.id}/reschedule`,
    { startLocal: later.toISOString().slice(0, 19), timeZone: 'Etc/UTC' },
    { 'If-Match': `"${booking!.version}"` },
  );
  await teacher.api.until(lessonId, 'the move', (_, timeline) => timeline.some((item) => item.type === 'meeting_moved'));
  await teacher.api.call('POST', `/v1/bookings/${booking!.id}/cancel`, undefined, { 'If-Match': `"${moved.version}"` });
  await teacher.api.until(lessonId, 'the withdrawal', (now) => now.meeting.state === 'withdrawn');

  const next = await bookNow(teacher, student);
  await teacher.api.until(next, 'the meeting', (now) => now.meeting.state === 'ready');
  await card.getByRole('button', button('meetingProviders.disconnect')).click();
  await dialog.getByRole('button', button('meetingProviders.disconnect')).click();
  await card.getByText(say('en', 'meetingProviders.disconnected', { provider: 'Jitsi' })).waitFor();
  await card.getByText(say('en', 'meetingProviders.standing.school'), { exact: true }).waitFor();
  await expect.poll(() => focus(tutor)).toBe('jitsi H2');
  await teacher.api.until(next, 'another meeting', (now, timeline) => now.meeting.state === 'ready' && timeline.some((item) => item.type === 'meeting_lost'));
  expect(tutor.errors).toEqual([]);
  await tutor.context.close();
});

test("A consent that was taken back at Zoom is told on the tutor's home page before the next lesson, which is held elsewhere", async () => {
  // Without an account of the school's, Zoom is there by the tutor's own or not at all.
  const ownOnly = Object.fromEntries(Object.entries(imitations.settings).filter(([name]) => !/^Meetings__Zoom__(AccountId|ClientId|ClientSecret|DefaultHost)$/.test(name)));
  const another = await startServer(ownOnly);
  const window = await openBrowser(another.origin);
  try {
    const teacher = await registerTutor(another.origin, 'Choi Min-jun');
    const tutor = await window.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 768, height: 1024 } });
    const card = tutor.page.locator('[data-provider="zoom"]');
    const allow = async () => {
      await tutor.page.getByRole('button', button('meetingProviders.goTo', 'Zoom')).click();
      await tutor.page.getByText('Allow as tutor@own.example', { exact: true }).click();
      await card.getByText(say('en', 'meetingProviders.standing.own'), { exact: true }).waitFor();
    };
    await signIn(tutor, teacher.email, teacher.password);
    await tutor.page.goto(page);
    await card.getByRole('button', button('meetingProviders.connect', 'Zoom')).click();
    await allow();
    const learner = await register(another.origin, { name: 'Hessa Al Mansoori', role: 'student', country: 'AE', timeZone: 'Asia/Dubai', birthDate: '1990-05-17' });
    const student = { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Asia/Dubai' };
    const first = await bookNow(teacher, student);
    expect((await teacher.api.until(first, 'the meeting', (now) => now.meeting.state === 'ready')).meeting.provider).toBe('zoom');

    const there = await tutor.context.newPage();
    await there.goto(imitations.page);
    const account = there.locator('section', { has: there.getByRole('heading', { name: 'Zoom', exact: true }) }).getByRole('listitem').filter({ hasText: 'tutor@own.example' });
    await account.getByRole('button', { name: 'Take the consent back', exact: true }).click();
    await expect.poll(() => account.getByRole('button').count()).toBe(0);
    await there.close();

    const next = await bookNow(teacher, student);
    const lesson = await teacher.api.until(next, 'the meeting', (now) => now.meeting.state === 'ready');
    expect(lesson.meeting.provider).toBe('google-meet');
    // The one that was to be held with that account goes elsewhere, too.
    await teacher.api.until(first, 'another meeting', (now) => now.meeting.state === 'ready' && now.meeting.provider === 'google-meet');
    await tutor.page.goto('/');
    const told = tutor.page.locator('.notice', { hasText: say('en', 'meetingProviders.dead', { provider: 'Zoom' }) });
    await told.getByText(say('en', 'meetingProviders.deadText')).waitFor();
    expect(Date.parse(lesson.start)).toBeGreaterThan(Date.now());
    expect(await findings(tutor.page)).toEqual([]);
    // Its door is open already, the other one's is not.
    const { joinUrl } = await learner.api.call<{ joinUrl: string }>('POST', `/v1/lessons/${first}/join`);
    const meet = new URL(imitations.settings.Meetings__GoogleMeet__MeetUrl!).origin;
    expect(joinUrl.startsWith(`${meet}/`)).toBe(true);
    expect((await fetch(joinUrl)).status).toBe(200);

    await told.getByRole('link', { name: say('en', 'meetingProviders.connectAgain') }).click();
    await card.getByText(say('en', 'meetingProviders.deadBecause.consent_withdrawn', { provider: 'Zoom' })).waitFor();
    await card.getByRole('button', button('meetingProviders.connectAgain')).click();
    await allow();
    await tutor.page.goto('/');
    await tutor.page.getByRole('heading', { level: 1 }).waitFor();
    await tutor.page.waitForLoadState('networkidle');
    expect(await told.count()).toBe(0);
    expect(tutor.errors).toEqual([]);
  } finally {
    await window.close();
    await another.stop();
  }
});

test.each([
  { language: 'ko', locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } },
  { language: 'ar', locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 768, height: 1024 } },
] as const)('The page has no serious fault in $language at $viewport.width pixels, and nothing on it jumps', async (reader) => {
  const visitor = await browser.visit({ ...reader });
  await signIn(visitor, teacher.email, teacher.password);
  await visitor.page.addInitScript(() => {
    const shifts = ((window as unknown as { shifts: number[] }).shifts = []) as number[];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await visitor.page.goto(page);
  await visitor.page.locator('[data-provider="zoom"]').waitFor();
  await visitor.page.waitForLoadState('networkidle');
  expect(await findings(visitor.page)).toEqual([]);
  const [width, window] = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(width).toBeLessThanOrEqual(window!);
  expect(await visitor.page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts.reduce((sum, shift) => sum + shift, 0))).toBeLessThan(0.1);
  expect(visitor.errors).toEqual([]);
  await visitor.context.close();
});
