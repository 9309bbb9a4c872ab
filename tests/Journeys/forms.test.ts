import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeUpPassword, register } from './journey/api';
import { openBrowser, type OpenBrowser } from './journey/browser';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';
import { tick } from './journey/tick';

let server: MuseServer;
let browser: OpenBrowser;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('A form that the server refused is sent again by the next press or Enter, and a corrected field loses its word', async () => {
  const known = await register(server.origin, { name: 'Kim Seo-yeon', role: 'tutor', country: 'KR', timeZone: 'Asia/Seoul' });
  const { page, context } = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 1024, height: 768 } });
  const field = (key: string) => page.getByLabel(say('en', key), { exact: true });
  const taken = page.locator('.field-error', { hasText: say('en', 'problem.email_taken') });
  const answer = async (send: () => Promise<void>) => {
    const [answered] = await Promise.all([
      page.waitForResponse((response) => new URL(response.url()).pathname === '/v1/accounts', { timeout: 20_000 }),
      send(),
    ]);
    return answered.status();
  };
  const press = () => page.getByRole('button', { name: say('en', 'signUp.submit'), exact: true }).click();

  await page.goto('/sign-up');
  await tick(page, say('en', 'roles.guardian'));
  await field('person.displayName').fill('Emma Clarke');
  await field('person.email').fill(known.email);
  await field('person.password').fill(madeUpPassword());
  const refused = await answer(press);
  expect(refused).toBeGreaterThanOrEqual(400);
  await taken.waitFor();

  // With nothing changed, and with something changed in another field.
  expect(await answer(press)).toBe(refused);
  await taken.waitFor();
  await field('person.displayName').fill('Emma J. Clarke');
  expect(await answer(() => page.keyboard.press('Enter'))).toBe(refused);
  await taken.waitFor();

  // What the browser would not have let go is not sent now either, and says so itself.
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(new URL(request.url()).pathname));
  await field('person.displayName').fill('');
  await press();
  await expect.poll(() => page.locator('.field-error').count()).toBe(2);
  expect(sent).not.toContain('/v1/accounts');

  await field('person.email').fill(`another-${known.email}`);
  await expect.poll(() => taken.count()).toBe(0);
  // Its word goes while it is typed in: at leaving it, the button would move away under the press.
  await field('person.displayName').fill('Emma Clarke');
  await expect.poll(() => page.locator('.field-error').count()).toBe(0);
  expect(await answer(press)).toBe(201);
  await page.waitForURL((url) => url.pathname !== '/sign-up');
  await context.close();
});
