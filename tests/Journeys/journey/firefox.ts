import { existsSync } from 'node:fs';
import puppeteer, { type Page } from 'puppeteer-core';
import type { Figures } from './room';
import { say } from './texts';

export const firefoxProgram = process.env.MUSE_FIREFOX ?? '/usr/bin/firefox-esr';

export const hasFirefox = existsSync(firefoxProgram);

export interface FirefoxVisitor {
  page: Page;
  errors: string[];
  signIn(email: string, password: string): Promise<void>;
  enterRoom(lessonId: string): Promise<void>;
  figures(): Promise<Figures>;
  close(): Promise<void>;
}

/** Firefox as Debian ships it, by WebDriver BiDi (playwright would want a build of its own), with Firefox's own moving picture and tone. */
export async function openFirefox(origin: string): Promise<FirefoxVisitor> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxProgram,
    headless: true,
    protocolTimeout: 120_000,
    extraPrefsFirefox: {
      'intl.accept_languages': 'en',
      'media.autoplay.default': 0,
      'media.navigator.permission.disabled': true,
      'media.navigator.streams.fake': true,
    },
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  const press = (label: string) => page.locator(`button::-p-text(${label})`).click();
  return {
    page,
    errors,
    async signIn(email, password) {
      await page.goto(`${origin}/sign-in`);
      await page.locator('input[name=email]').fill(email);
      await page.locator('input[name=password]').fill(password);
      await press(say('en', 'signIn.submit'));
      await page.waitForFunction(() => location.pathname !== '/sign-in');
    },
    async enterRoom(lessonId) {
      await page.goto(`${origin}/lessons/${lessonId}/room?height=360`);
      await press(say('en', 'room:enter'));
      await page.waitForSelector('.room-stage');
    },
    figures: () => page.evaluate(() => (window as unknown as { __muse: { figures(): Promise<unknown> } }).__muse.figures()) as Promise<Figures>,
    close: () => browser.close(),
  };
}
