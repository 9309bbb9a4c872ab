import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api, madeUpPassword, register } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { startServer, type MuseServer } from './journey/server';
import { say, type Language } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let visitor: Visitor;
let key: string;
let receiver: Server;

/** What the receiver was sent, and what it answers. */
const received: { id: string; type: string }[] = [];
let answers = 204;

const admin = { email: 'ada@example.com', password: madeUpPassword() };
const shots = process.env.MUSE_JOURNEY_SHOTS;
const words = (name: string, language: Language = 'en') => say(language, `integrate.${name}`);
const card = () => visitor.page.locator('.api-key[data-key]');

beforeAll(async () => {
  server = await startServer({ Outgoing__AllowLoopback: 'true' });
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part))).on('end', () => {
      received.push({ id: String(request.headers['webhook-id']), type: (JSON.parse(body) as { type: string }).type });
      response.writeHead(answers).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser(server.origin);
  await new Api(server.origin).call('POST', '/v1/accounts', {
    ...admin,
    displayName: 'Ada Park',
    roles: ['guardian'],
    country: 'KR',
    timeZone: 'Asia/Seoul',
    locale: 'en-GB',
    setupToken: /\/setup#(\S+)/.exec(server.printed())![1],
  });
  visitor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 390, height: 844 } });
  await signIn(visitor, admin.email, admin.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  receiver?.close();
});

async function isFit({ page }: Visitor, name: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  expect(await findings(page), name).toEqual([]);
  const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(width, `${name} scrolls sideways`).toBeLessThanOrEqual(window!);
  if (shots) await page.screenshot({ path: `${shots}/integrate-${name}.png`, fullPage: true });
}

const calls = async (bearer: string, path: string) => (await fetch(`${server.origin}${path}`, { headers: { Authorization: `Bearer ${bearer}` } })).status;

test('Whoever writes the program finds the guide and every call, in the browser', async () => {
  const { page } = visitor;
  await page.goto('/integrate');
  const refused: string[] = [];
  // Of the whole browser, and before the press: the page that it opens writes its first lines before anybody can listen to it alone.
  visitor.context.on('console', (line) => line.type() === 'error' && refused.push(line.text()));
  const [calls] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: words('reference') }).click()]);
  await calls.locator('.opblock').first().waitFor();
  if (shots) await calls.screenshot({ path: `${shots}/integrate-reference.png` });
  expect(refused).toEqual([]);
  await calls.close();
  const guide = page.getByRole('link', { name: words('guide') });
  expect(await (await fetch(new URL((await guide.getAttribute('href'))!, server.origin))).text()).toContain('# ');
});

test('A key is made with what it may do, is seen once, and opens that and nothing else', async () => {
  const { page } = visitor;
  await page.goto('/integrate');
  await page.getByText(words('none'), { exact: true }).waitFor();
  await isFit(visitor, 'empty');
  await page.getByRole('button', { name: words('new'), exact: true }).click();
  await page.getByLabel(words('name'), { exact: true }).fill('Timetable');
  await page.getByText(words('scope.bookings_read'), { exact: true }).click();
  await isFit(visitor, 'form');
  await page.getByRole('button', { name: words('make'), exact: true }).click();
  const fresh = page.locator('.fresh-secret');
  await expect.poll(() => fresh.getByRole('heading').evaluate((heading) => heading === document.activeElement)).toBe(true);
  key = await fresh.locator('code').first().innerText();
  expect(key).toMatch(/^muse_live_\w{49}$/);
  await isFit(visitor, 'fresh');
  await fresh.getByRole('button', { name: words('copied'), exact: true }).click();
  await card().getByText(words('neverUsed')).waitFor();

  expect(await calls(key, '/v1/bookings')).toBe(200);
  expect(await calls(key, '/v1/lessons')).toBe(403);
  await page.reload();
  await card().getByText(words('usedAt').split('{{')[0]!.trim()).waitFor();
  expect(await page.content()).not.toContain(key);
  await isFit(visitor, 'list');
});

test('A rotated key works by both secrets; revoked, by neither', async () => {
  const { page } = visitor;
  await card().getByRole('button', { name: words('rotate'), exact: true }).click();
  await isFit(visitor, 'rotate');
  await page.getByRole('dialog').getByRole('button', { name: words('rotate'), exact: true }).click();
  const next = await page.locator('.fresh-secret code').first().innerText();
  expect(next).not.toBe(key);
  expect(await calls(key, '/v1/bookings')).toBe(200);
  expect(await calls(next, '/v1/bookings')).toBe(200);
  await page.getByRole('button', { name: words('copied'), exact: true }).click();

  await card().getByRole('button', { name: words('revoke'), exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: words('revoke'), exact: true }).click();
  await page.getByText(words('revoked'), { exact: true }).waitFor();
  expect(await calls(key, '/v1/bookings')).toBe(401);
  expect(await calls(next, '/v1/bookings')).toBe(401);
});

test('An endpoint is made, tried and sent to again; one that is gone says so until it is enabled', async () => {
  const { page } = visitor;
  const hook = (name: string) => words(`webhooks.${name}`);
  const endpoint = page.locator('[data-endpoint]');
  const press = (name: string, within = endpoint) => within.getByRole('button', { name, exact: true }).click();
  await page.goto('/integrate');
  await page.getByText(hook('none'), { exact: true }).waitFor();
  await press(hook('new'), page.locator('main'));
  await page.getByLabel(hook('url'), { exact: true }).fill('https://10.0.0.1/muse');
  await page.getByText('lesson.booked', { exact: true }).click();
  await press(hook('make'), page.locator('main'));
  await page.getByText(say('en', 'problem.url_not_public')).first().waitFor();
  await isFit(visitor, 'endpoint-form');
  await page.getByLabel(hook('url'), { exact: true }).fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/muse`);
  await press(hook('make'), page.locator('main'));
  const secret = await page.locator('.fresh-secret code').first().innerText();
  expect(secret).toMatch(/^whsec_/);
  await isFit(visitor, 'endpoint-secret');
  await press(words('copied'), page.locator('main'));

  await press(hook('test'));
  const sent = endpoint.locator('[data-delivery]');
  await sent.getByText(hook('state.delivered'), { exact: true }).waitFor();
  await press(hook('attempts').replace('{{number}}', '1'), sent);
  await sent.getByText(hook('answered').replace('{{status}}', '204')).waitFor();
  await isFit(visitor, 'deliveries');
  await press(hook('replay'), sent);
  await expect.poll(() => received).toEqual([{ id: await sent.getAttribute('data-delivery'), type: 'webhook.test' }, received[0]]);

  answers = 410;
  await press(hook('test'));
  await expect.poll(() => received.length).toBe(3);
  await expect.poll(async () => {
    await page.reload();
    await endpoint.waitFor();
    return endpoint.getByText(hook('why.gone').split('{{')[0]!.trim()).count();
  }).toBe(1);
  await isFit(visitor, 'endpoint-gone');
  await press(hook('enable'));
  await endpoint.getByRole('button', { name: hook('disable'), exact: true }).waitFor();

  await press(words('rotate'));
  await press(words('rotate'), page.getByRole('dialog'));
  expect(await page.locator('.fresh-secret code').first().innerText()).not.toBe(secret);
  await press(words('copied'), page.locator('main'));
  await press(hook('change'));
  await endpoint.getByText('lesson.moved', { exact: true }).click();
  await press(say('en', 'common.save'));
  await endpoint.getByRole('listitem').filter({ hasText: 'lesson.moved' }).waitFor();
});

test('The sandbox is filled and emptied from the page', async () => {
  const { page } = visitor;
  await page.getByRole('button', { name: words('fill'), exact: true }).click();
  await page.getByText(words('person.child'), { exact: true }).waitFor();
  await isFit(visitor, 'sandbox');
  await page.getByRole('button', { name: words('empty'), exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: words('empty'), exact: true }).click();
  await page.getByRole('button', { name: words('fill'), exact: true }).waitFor();
});

test('An administrator makes an integrator, who finds the page after signing in', async () => {
  const { page } = visitor;
  const other = await register(server.origin, { name: 'Jung Seo-yeon', role: 'guardian', country: 'KR', timeZone: 'Asia/Seoul' });
  await page.getByLabel(words('email'), { exact: true }).fill(other.email);
  await page.getByRole('button', { name: words('add'), exact: true }).click();
  await page.getByText(other.email).waitFor();
  const integrator = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } });
  await signIn(integrator, other.email, other.password);
  await integrator.page.getByRole('link', { name: say('en', 'nav.integrate'), exact: true }).click();
  await integrator.page.getByText(words('none'), { exact: true }).waitFor();
  await isFit(integrator, 'integrator');
  expect(integrator.errors).toEqual([]);
});

describe.each([
  { language: 'ar' as const, locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 768, height: 1024 } },
  { language: 'ar' as const, locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 390, height: 844 } },
  { language: 'ko' as const, locale: 'ko-KR', timeZone: 'Asia/Seoul', viewport: { width: 1024, height: 768 } },
])('In $language at $viewport.width pixels', (reader) => {
  test('the form fits and reads in the right direction', async () => {
    const reading = await browser.visit(reader);
    await signIn(reading, admin.email, admin.password);
    await reading.page.emulateMedia({ colorScheme: reader.viewport.width === 768 ? 'dark' : 'light' });
    await reading.page.goto('/integrate');
    await reading.page.getByRole('button', { name: words('new', reader.language), exact: true }).click();
    await reading.page.getByLabel(words('name', reader.language), { exact: true }).fill('Timetable');
    await isFit(reading, `${reader.language}-${reader.viewport.width}`);
    await reading.page.locator('[data-endpoint]').getByRole('button', { name: words('webhooks.deliveries', reader.language), exact: true }).click();
    await reading.page.locator('[data-delivery]').first().waitFor();
    await isFit(reading, `${reader.language}-${reader.viewport.width}-deliveries`);
    const heights = await reading.page.locator('main button, main .chip').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
    expect(reading.errors).toEqual([]);
  });
});
